"""`python -m workflow_scheduler` is the command `scheduler`."""

from .cli.main import main

if __name__ == "__main__":
    main()
