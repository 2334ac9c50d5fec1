"""What differs between operating systems: their files, rights, texts and names, each said once."""
