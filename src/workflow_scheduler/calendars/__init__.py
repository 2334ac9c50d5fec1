"""Calendars: from a definition to rows of open and closed days."""
