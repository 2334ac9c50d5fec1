"""Runs attempts, on this machine or through another executor."""
