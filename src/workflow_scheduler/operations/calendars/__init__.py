"""Calendars: apply, delete and show."""
