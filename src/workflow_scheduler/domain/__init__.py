"""The words of the product as values and rules: standard library only, no clock, no I/O."""
