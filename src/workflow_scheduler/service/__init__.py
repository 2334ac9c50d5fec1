"""Installs the scheduler of a home with the operating system, so that it starts with the machine."""
