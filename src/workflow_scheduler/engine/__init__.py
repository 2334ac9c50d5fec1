"""What moves by itself: plans fires, dispatches runs, settles outcomes, recovers, maintains."""
