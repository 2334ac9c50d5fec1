"""Backfills: planned, created, shown and changed."""
