"""The values and rules of the product: standard library only, no clock, no I/O."""
