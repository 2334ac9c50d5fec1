"""The endpoints, a module per noun: plain functions over the same operations as the commands."""
