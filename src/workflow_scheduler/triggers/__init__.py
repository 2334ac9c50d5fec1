"""From a schedule's spec to its fire times."""

from .base import Shift, Span, Trigger
from .crontab import from_fields
from .spec import build, check_zone, describe, following, parse_spec, preview, problem_of
from .warnings import warnings_of

__all__ = [
    "Shift",
    "Span",
    "Trigger",
    "build",
    "check_zone",
    "describe",
    "following",
    "from_fields",
    "parse_spec",
    "preview",
    "problem_of",
    "warnings_of",
]
