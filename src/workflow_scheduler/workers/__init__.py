"""Runs commands for the schedulers of a database, on a machine of its own."""
