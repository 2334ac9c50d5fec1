"""Metrics for Prometheus: runs and the state of the scheduler. Needs the extra `metrics`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workflow_scheduler.operations.notifications.show import message_counts
from workflow_scheduler.operations.runs.overview import engine_state, figures
from workflow_scheduler.operations.schedules.planning import planner_state

from .problems import Problem

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

    from .request import RequestContext

__all__ = ["CONTENT_TYPE", "exposition"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(request: RequestContext, streams: int) -> bytes:
    """All metrics at present. Problem 404 if the extra is not installed."""
    if importlib.util.find_spec("prometheus_client") is None:
        raise Problem(
            404, 'Metrics need a package that is not installed; run: pip install "workflow-scheduler[metrics]".'
        )
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  an extra

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(request, streams))
    return bytes(generate_latest(registry))


class _Figures:
    def __init__(self, request: RequestContext, streams: int) -> None:
        self._request = request
        self._streams = streams

    def collect(self) -> Iterator[GaugeMetricFamily]:
        request = self._request
        lack = request.context.lack_of_room()
        engine = engine_state(request.context.database, request.context.scheduler(), request.now, lack)
        counts = figures(request.context.database, request.now)
        yield _gauge("up", "1 if the scheduler is running and responding", engine.working)
        if counts.heartbeat_age is not None:
            yield _gauge("heartbeat_age_seconds", "since the last heartbeat of a scheduler", counts.heartbeat_age)
        yield _gauge("runs_open", "runs that have not ended, by state", counts.open)
        yield _gauge("runs_last_day", "runs queued in the last 24 hours, by state", counts.last_day)
        yield _gauge("run_seconds", "how long the runs of the last hour took", counts.run_seconds, "quantile")
        late = "from due to started, of the scheduled runs of the last hour"
        yield _gauge("start_latency_seconds", late, counts.start_latency, "quantile")
        yield _gauge("planner_paused", "1 while no schedule fires", planner_state(request.context.database).paused)
        yield _gauge("schedules_overdue", "schedules whose fire is late", counts.overdue)
        yield _gauge("messages", "messages of notifications, by state", message_counts(request.context.database))
        conditions = {**dict.fromkeys(("late", "no_success", "long", "at_risk"), 0), **counts.late}
        yield _gauge("deadlines", "what is late, long or at risk now", conditions, "condition")
        yield _gauge("disk_free_bytes", "on the home's disk", request.context.free_bytes())
        yield _gauge("streams_open", "browsers that follow live events", self._streams)


def _gauge(name: str, words: str, value: Any, label: str = "state") -> GaugeMetricFamily:
    from prometheus_client.core import GaugeMetricFamily as Gauge  # noqa: PLC0415  an extra

    if isinstance(value, Mapping):
        family = Gauge(f"workflow_scheduler_{name}", words, labels=[label])
        for label_value, figure in sorted(value.items()):
            family.add_metric([label_value], figure)
        return family
    return Gauge(f"workflow_scheduler_{name}", words, value=float(value))
