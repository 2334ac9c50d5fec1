"""Workflows: edit, apply, show, and the versions of each."""
