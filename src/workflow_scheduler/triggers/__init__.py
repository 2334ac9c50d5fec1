"""From a schedule's spec to its fire times."""

from .base import Span, Trigger
from .crontab import from_fields
from .spec import build, describe, parse_spec, preview

__all__ = ["Span", "Trigger", "build", "describe", "from_fields", "parse_spec", "preview"]
