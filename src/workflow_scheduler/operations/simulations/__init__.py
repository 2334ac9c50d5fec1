"""Simulations: what will happen, by the engine itself on a copy of the home."""
