"""YAML and JSON to definitions and back, with the place of each error."""
