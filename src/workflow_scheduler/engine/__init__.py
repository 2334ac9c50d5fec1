"""The engine: plans fires, dispatches runs, settles outcomes, recovers, and maintains the home."""
