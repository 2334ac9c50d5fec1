"""The tables: their columns in order, and their keys. Migrations create them; a change here needs a migration."""

from __future__ import annotations

from collections.abc import Collection

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["TABLES", "Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """`serial`: the database numbers the rows by the key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    serial: bool = False

    def insert(self, columns: Collection[str] = ()) -> str:
        """The INSERT for these columns, or for all."""
        names = columns or self.columns
        return f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


def _table(name: str, columns: str, key: str, *, serial: bool = False) -> Table:
    return Table(name, tuple(columns.split()), tuple(key.split()), serial)


workflows = _table("workflows", "id version created_at updated_at params deadlines", "id")
workflow_versions = _table("workflow_versions", "workflow_id version definition saved_at", "workflow_id version")
schedules = _table(
    "schedules",
    "id workflow_id spec timezone policies generation cursor_utc next_due_utc enabled wake calendar since_utc skips",
    "id",
)
fires = _table(
    "fires", "schedule_id nominal_utc disposition reason run_id until_utc count due_utc", "schedule_id nominal_utc"
)
runs = _table(
    "runs",
    "id workflow_id version state reason schedule_id nominal_utc queued_at started_at finished_at "
    "exclusive retry_of engine_id cancel_reason started_by cause exclusive_scope params timezone due_utc "
    "backfill_id",
    "id",
)
task_runs = _table(
    "task_runs",
    "run_id task_id position state reason attempts recoveries retry_at started_at finished_at",
    "run_id task_id",
)
attempts = _table(
    "attempts",
    "run_id task_id number state reason engine_id exit_code pid started_at finished_at outputs facts",
    "run_id task_id number",
)
script_texts = _table("script_texts", "workflow_id task_id hash at text", "workflow_id task_id hash")
sightings = _table("sightings", "run_id task_id number occasion at seen", "run_id task_id number occasion")
output_sizes = _table("output_sizes", "id workflow_id task_id path at weekday month_end size lines", "id", serial=True)
# The number grows with each start: it is also the epoch that guards every write of an attempt.
engines = _table(
    "engines",
    "id role host identity wake_port started_at heartbeat_at stop_request stopped_at stop_asked_at",
    "id",
    serial=True,
)
events = _table("events", "seq at kind workflow_id run_id task_id attempt schedule_id reason", "seq", serial=True)
deadlines = _table(
    "deadlines",
    "seq kind state workflow_id schedule_id nominal_utc run_id task_id due_utc look_utc timezone count seconds reason",
    "seq",
    serial=True,
)
planner = _table("planner", "id paused_at paused_by", "id")
backfills = _table("backfills", "id workflow_id state reason created_at created_by settings version finished_at", "id")
backfill_fires = _table(
    "backfill_fires",
    "backfill_id schedule_id nominal_utc due_utc position run_id retry_of",
    "backfill_id schedule_id nominal_utc",
)
calendars = _table("calendars", "id definition revision expanded_at", "id")
calendar_days = _table("calendar_days", "calendar day open why source", "calendar day")
# How far events were read for messages; without a row, there is no channel.
alert_cursor = _table("alert_cursor", "id seq", "id")
incidents = _table(
    "incidents",
    "subject kind workflow_id run_id opened_at last_at count reason repeated_at acked_at acked_by note",
    "subject kind",
)
deliveries = _table("deliveries", "id channel state created_at due_at tries first_try_at sent_at error message", "id")
failures = _table("failures", "run_id task_id attempt workflow_id at fingerprint tokens line", "run_id task_id attempt")
failure_notes = _table("failure_notes", "id fingerprint workflow_id text by_name at", "id", serial=True)
report_times = _table("report_times", "key sent_until_at", "key")
pings = _table("pings", "id subject address sign words created_at due_at tries error", "id", serial=True)
workers = _table(
    "workers",
    "name role_name labels slots state invited_at expires_at instance host identity version protocol started_at heartbeat_at "
    "silent_at skew measured",
    "name",
)
assignments = _table(
    "assignments",
    "run_id task_id number state worker place spec bundle created_at offered_at claimed_at claimed_by started_at ended_at "
    "stop_reason watched_until_at look_asked_at seen",
    "run_id task_id number",
)
worker_reports = _table("worker_reports", "seq run_id task_id number at report", "seq", serial=True)
worker_output = _table(
    "worker_output", "run_id task_id number stream position data", "run_id task_id number stream position"
)
bundles = _table("bundles", "hash created_at files size content", "hash")
users = _table("users", "name role password created_at", "name")
sessions = _table("sessions", "key user_name created_at expires_at", "key")
tickets = _table("tickets", "key expires_at", "key")
tokens = _table("tokens", "id key role created_by created_at expires_at", "id")
hooks = _table("hooks", "id workflow_id created_at created_by", "id")
hook_calls = _table("hook_calls", "key expires_at", "key")
request_keys = _table("request_keys", "key run_id expires_at", "key")
audit = _table("audit", "seq at actor address action detail digest", "seq", serial=True)

TABLES: tuple[Table, ...] = (
    *(workflows, workflow_versions, schedules, fires, runs, task_runs, attempts, engines, events, deadlines),
    *(script_texts, sightings, output_sizes, failures, failure_notes, planner),
    *(backfills, backfill_fires, calendars, calendar_days, alert_cursor, incidents, deliveries, report_times, pings),
    *(workers, assignments, worker_reports, worker_output, bundles),
    *(users, sessions, tickets, tokens, hooks, hook_calls, request_keys, audit),
)
