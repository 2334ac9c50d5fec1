"""The web interface and its API: a separate process with the same operations as the commands."""
