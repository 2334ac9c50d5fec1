"""The operations and views of the product, the same for every interface."""
