"""Runs: start, show, their output, and what webhooks and repeated requests start."""
