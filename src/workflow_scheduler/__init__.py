"""Workflow Scheduler: chained scripts, run at the right moment, with proof that they finished."""

__version__ = "0.1.0"
