"""Reads secrets where they are kept: a module for each kind of source."""
