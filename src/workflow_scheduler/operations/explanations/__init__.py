"""Explains why something did not run, waits, failed or will not run."""
