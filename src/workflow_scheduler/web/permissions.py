"""Every route with the least role that may use it. Routes not listed here do not exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from workflow_scheduler.domain.account import Role
from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["API", "HEALTH", "ROUTES", "Rule", "find_rule", "methods_of"]

API = "/api/v1"
HEALTH = "/health"
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_PATTERNS = {"version": r"[0-9]{1,9}", "attempt": r"[0-9]{1,9}", "stream": "stdout|stderr"}


@dataclass(frozen=True)
class Rule:
    """`role` None: for everybody, without signing in."""

    method: str
    path: str
    role: Role | None

    def fits(self, path: str) -> bool:
        return self._pattern.fullmatch(path) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Made when an address may first match it: seventy of them take longer than the rest of the module."""
        parts = re.split(r"\{(\w+)\}", self.path)
        words = [
            re.escape(part) if at % 2 == 0 else f"(?:{_PATTERNS.get(part, _NAME)})" for at, part in enumerate(parts)
        ]
        return re.compile("".join(words), re.ASCII)

    @property
    def keeps(self) -> bool:
        """Whether its response depends only on the database, the time and the role, so that it can be cached."""
        return self.method == "GET" and self.role is not None and self.path not in _PERSONAL | _NOT_OF_THE_DATABASE

    @property
    def reads_body(self) -> bool:
        """Whether its body must be JSON of ours; a webhook's is read only for a workflow that has parameters."""
        return self.path != HOOK


def _rules(table: str) -> tuple[Rule, ...]:
    found = []
    for line in table.split("\n"):
        if line.strip():
            role, method, path = line.split()
            path = path.replace("~", API)
            found.append(Rule(method, path, None if role == "everybody" else Role(role)))
    return tuple(found)


HOOK = "/hooks/{hook}"
_PERSONAL = {f"{API}/session"}
_NOT_OF_THE_DATABASE = {
    *("/metrics", f"{API}/health", f"{API}/doctor", f"{API}/log", f"{API}/events", f"{API}/service"),
    f"{API}/workflows/{{workflow}}/explain",
    *(f"{API}/notifications", f"{API}/notifications/messages/{{message}}"),
    *(f"{API}/backups", f"{API}/backups/{{backup}}", f"{API}/secrets"),
    *(f"{API}/runs/{{run}}{rest}" for rest in ("", "/difference", "/running", "/tasks/{task}/attempts/{attempt}")),
    *(
        f"{API}/runs/{{run}}/tasks/{{task}}/attempts/{{attempt}}/{rest}"
        for rest in ("command", "output", "logs/{stream}")
    ),
}
ROUTES = _rules("""
everybody GET /health
everybody POST ~/session
viewer GET ~/session
viewer DELETE ~/session
viewer GET ~/openapi.json
viewer GET /metrics
viewer GET ~/overview
viewer GET ~/late
viewer GET ~/report
viewer GET ~/health
viewer GET ~/doctor
viewer GET ~/log
viewer GET ~/service
viewer GET ~/planner
viewer GET ~/events
viewer GET ~/schema
viewer GET ~/workflows
viewer POST ~/workflows/validate
viewer GET ~/workflows/{workflow}
viewer GET ~/workflows/{workflow}/document
viewer GET ~/workflows/{workflow}/explain
viewer GET ~/workflows/{workflow}/versions
viewer GET ~/workflows/{workflow}/versions/{version}
viewer GET ~/workflows/{workflow}/versions/{version}/diff
viewer GET ~/schedules
viewer POST ~/schedules/preview
viewer GET ~/schedules/{schedule}
viewer GET ~/schedules/{schedule}/fires
viewer GET ~/calendar
viewer GET ~/calendars
viewer GET ~/calendars/{calendar}
viewer GET ~/calendars/{calendar}/days/{date}
viewer GET ~/calendars/{calendar}/document
viewer GET ~/notifications
viewer GET ~/notifications/messages
viewer GET ~/notifications/messages/{message}
viewer GET ~/failures
viewer GET ~/runs/{run}/incidents
viewer GET ~/backfills
viewer GET ~/backfills/{backfill}
viewer GET ~/workers
viewer GET ~/workers/{worker}
viewer GET ~/runs
viewer GET ~/runs/{run}
viewer GET ~/runs/{run}/difference
viewer GET ~/runs/{run}/running
viewer GET ~/runs/{run}/tasks/{task}/attempts/{attempt}
viewer GET ~/runs/{run}/tasks/{task}/attempts/{attempt}/command
viewer GET ~/runs/{run}/tasks/{task}/attempts/{attempt}/output
viewer GET ~/runs/{run}/tasks/{task}/attempts/{attempt}/logs/{stream}
operator POST ~/workflows/{workflow}/runs
operator POST ~/workflows/{workflow}/pause
operator POST ~/workflows/{workflow}/resume
operator POST ~/schedules/{schedule}/pause
operator POST ~/schedules/{schedule}/resume
operator POST ~/schedules/{schedule}/skip
operator POST ~/simulations
operator POST ~/planner/pause
operator POST ~/planner/resume
operator POST ~/backfills
operator POST ~/backfills/{backfill}/pause
operator POST ~/backfills/{backfill}/resume
operator POST ~/backfills/{backfill}/cancel
operator POST ~/backfills/{backfill}/retry
operator POST ~/runs/{run}/cancel
operator POST ~/runs/{run}/retry
operator POST ~/runs/{run}/ack
operator POST ~/runs/{run}/notes
operator POST ~/runs/{run}/accept
operator POST ~/workers/{worker}/drain
operator POST ~/workers/{worker}/resume
operator POST ~/notifications/retry
operator POST ~/notifications/messages/{message}/retry
author POST ~/workflows
author PUT ~/workflows/{workflow}
author PATCH ~/workflows/{workflow}
author DELETE ~/workflows/{workflow}
author POST ~/workflows/{workflow}/restore
author POST ~/workflows/{workflow}/copy
author POST ~/workflows/{workflow}/rename
author PUT ~/workflows/{workflow}/document
author POST ~/workflows/{workflow}/tasks
author PATCH ~/workflows/{workflow}/tasks/{task}
author DELETE ~/workflows/{workflow}/tasks/{task}
author POST ~/workflows/{workflow}/tasks/{task}/move
author POST ~/schedules
author PATCH ~/schedules/{schedule}
author DELETE ~/schedules/{schedule}
author PUT ~/calendars/{calendar}
author PUT ~/calendars/{calendar}/document
author DELETE ~/calendars/{calendar}
admin GET ~/users
admin POST ~/users
admin PATCH ~/users/{user}
admin DELETE ~/users/{user}
admin GET ~/tokens
admin POST ~/tokens
admin DELETE ~/tokens/{token}
admin GET ~/hooks
admin POST ~/hooks
admin DELETE ~/hooks/{hook}
author GET ~/secrets
admin POST ~/secrets
admin POST ~/secrets/test
admin DELETE ~/secrets
admin POST ~/notifications/channels/{channel}/test
admin PATCH ~/workers/{worker}
admin GET ~/audit
admin GET ~/backups
admin POST ~/backups
admin GET ~/backups/{backup}
admin POST ~/prune
admin POST ~/engine/stop
admin POST ~/engine/restart
everybody POST /hooks/{hook}
""")


def _by_form() -> Mapping[tuple[str, int], list[Rule]]:
    found: dict[tuple[str, int], list[Rule]] = {}
    for rule in ROUTES:
        found.setdefault((rule.method, rule.path.count("/")), []).append(rule)
    return found


_OF_FORM = _by_form()
"""Those that an address can mean, by its method and the number of its slashes."""


def find_rule(method: str, path: str) -> Rule | None:
    return next((rule for rule in _OF_FORM.get((method, path.count("/")), ()) if rule.fits(path)), None)


def methods_of(path: str) -> list[str]:
    """The methods of the path; empty if there is no such path."""
    forms = [method for method, slashes in _OF_FORM if slashes == path.count("/")]
    found = {method for method in forms if find_rule(method, path) is not None}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))
