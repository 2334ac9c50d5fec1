"""A home: its scheduler process, its health, backups, events and log."""
