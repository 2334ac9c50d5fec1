"""Everything that `notify.yaml` says: channels, rules, quiet hours and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from .alerts import DEFAULT_KINDS, Rule
from .channels import Channel
from .quick_dataclass import dataclass
from .quiet_hours import QuietHours
from .report_time import ReportTime

__all__ = ["ENV_CHANNEL", "NotifyPlan"]

ENV_CHANNEL = "env"
"""The name of the channels that NOTIFY in `.env` makes: this, and with a number from the second on."""


@dataclass(frozen=True)
class NotifyPlan:
    """`problem`: why the file could not be read, one line for each mistake; the rest is then what it last said."""

    channels: Mapping[str, Channel] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    quiet: QuietHours | None = None
    reports: tuple[ReportTime, ...] = ()
    problem: str = ""

    def with_channels(self, channels: Mapping[str, Channel]) -> NotifyPlan:
        """With these, which are told what most want to know."""
        rule = Rule(DEFAULT_KINDS, tuple(channels))
        rules = (*self.rules, rule) if channels else self.rules
        return replace(self, channels={**self.channels, **channels}, rules=rules)
