"""Schedules: edit, show, when they fire, and the pause of all of them."""
