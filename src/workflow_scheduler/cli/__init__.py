"""What a person types: the commands, the numbered menu, and how answers look."""
