"""Differences between operating systems: files, permissions, texts and names."""
