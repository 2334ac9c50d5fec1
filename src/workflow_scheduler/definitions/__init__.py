"""YAML and JSON to definitions and back, with the position of each error."""
