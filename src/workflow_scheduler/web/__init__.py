"""The page and its API: a process of its own beside the scheduler, over the same operations as the commands."""
