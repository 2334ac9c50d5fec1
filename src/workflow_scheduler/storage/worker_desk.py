"""What a worker says to the database and asks of it: only by functions, as its role has no right to any table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey

from .database import Connection, Database
from .worker_roles import CALLED

__all__ = ["PART", "Dismissed", "Given", "Order", "Survey", "Unstorable", "WorkerDesk"]

PART = 256 * 1024
"""Bytes of an output that are stored at once, at most."""
_NOT_ALLOWED = frozenset({"42501", "42704"})
"""The codes of PostgreSQL for a right that is missing, and for a role that was deleted."""
_NEVER = frozenset({"22", "23", "54"})
"""The classes of PostgreSQL's codes for data that it cannot take, that breaks a rule of a table, and that is too much."""
_LONGEST_WHY = 300
_NO_ROLE = re.compile(r"password authentication failed|role \S+ does not exist|is not permitted to log in")
"""What PostgreSQL says of it at the door, where it tells no code."""


class Dismissed(Refused):
    """This process does not speak for a worker any more, or never did."""


class Unstorable(Exception):
    """The database takes none of what was said, and saying it again does not help: the text is why."""


class Given(NamedTuple):
    """An attempt of this worker. `begun`: it may have started already, and then never starts here again."""

    key: AttemptKey
    spec: Mapping[str, Any]
    begun: bool


class Order(NamedTuple):
    """What is wanted about an attempt that this worker has claimed. `fenced`: end it, and report nothing more."""

    key: AttemptKey
    fenced: bool
    stop_reason: str | None
    watched: bool
    look: bool


class Survey(NamedTuple):
    """`clock`: the database's time. `missing`: functions for workers that the role may not call."""

    clock: datetime
    missing: list[str]
    encrypted: bool


@dataclass(frozen=True, slots=True)
class WorkerDesk:
    """`instance`: this process, which is refused once another one speaks for the worker. `home_id`: of the worker's home.

    Nothing is tried again here: Unreachable says that it may have been done or not. Dismissed ends all. Unstorable: nothing was
    done, and never will be."""

    database: Database
    instance: str
    home_id: str

    def hello(self, host: str, identity: Mapping[str, Any], version: str, protocol: int) -> Mapping[str, Any]:
        """Speak for the worker from now on. Returns its name, labels, slots and state; or "refused", and why,
        with "same_home": perhaps this machine was started again, and the other process is gone; or "allowed": what the worker
        has, if its "share" in `identity` is more."""
        query = "SELECT worker_hello(:instance, :host, CAST(:identity AS JSONB), :version, :protocol) AS answer"
        values = {"host": host, "identity": dict(identity), "version": version, "protocol": protocol}
        answer: Mapping[str, Any] = self._answer(query, **values)
        return answer

    def beat(self, clock: datetime, measured: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the labels, slots and state of the worker as they are now, and "news": whether anything is offered or ordered."""
        query = "SELECT worker_beat(:instance, :clock, CAST(:measured AS JSONB)) AS answer"
        answer: Mapping[str, Any] = self._answer(query, clock=clock, measured=dict(measured))
        return answer

    def claim(self, most: int) -> list[Given]:
        """Take up to `most` of the attempts that are offered. What is taken is this worker's, whatever happens."""
        query = "SELECT run_id, task_id, number, spec, begun FROM worker_claim(:instance, :home, :most)"
        return [_given(row) for row in self._rows(query, home=self.home_id, most=most)]

    def held(self) -> list[Given]:
        """What this worker has claimed or must end, and has not reported the end of, from any of its processes."""
        query = "SELECT run_id, task_id, number, spec, begun FROM worker_held(:instance, :home)"
        return [_given(row) for row in self._rows(query, home=self.home_id)]

    def orders(self) -> list[Order]:
        query = """
            SELECT run_id, task_id, number, state = 'fenced' AS fenced, stop_reason, watched, look
            FROM worker_orders(:instance)"""
        return [Order(AttemptKey(*row[:3]), *row[3:]) for row in self._rows(query)]

    def report(self, told: Sequence[tuple[AttemptKey, str, Mapping[str, Any]]]) -> None:
        """Store reports of attempts: key, kind ("started", "checking_outputs", "not_launched", "outcome") and report. What
        is stored already is stored once."""

        def work(db: Connection) -> None:
            rows = [{**key._asdict(), "kind": kind, "report": _storable(report)} for key, kind, report in told]
            db.value(
                "SELECT worker_report(:instance, CAST(:told AS JSONB)) AS answer", told=rows, instance=self.instance
            )

        self._ask(work)

    def put_output(self, key: AttemptKey, stream: str, position: int, data: bytes) -> int | None:
        """Store a part of up to `PART` bytes of "stdout", "stderr" or "index", if all before it is stored. Returns from where
        on more is wanted; None: nothing is."""
        query = "SELECT worker_output(:instance, :run_id, :task_id, :number, :stream, :position, :data) AS wanted"
        wanted: int | None = self._answer(query, stream=stream, position=position, data=data, **key._asdict())
        return wanted

    def seen(self, key: AttemptKey, facts: Mapping[str, Any]) -> None:
        """Answer a look at what the attempt's command does now."""
        query = "SELECT worker_seen(:instance, :run_id, :task_id, :number, CAST(:facts AS JSONB)) AS answer"
        self._answer(query, facts=_storable(facts), **key._asdict())

    def bundle(self, digest: str, position: int) -> bytes | None:
        """A part of the files of a workflow of which this worker runs an attempt; empty at the end. None if there are none."""
        query = "SELECT worker_bundle(:instance, :digest, :position) AS answer"
        found = self._answer(query, digest=digest, position=position)
        return None if found is None else bytes(found)

    def join(self, verifier: str) -> None:
        """Use the invitation up: from now on only the secret of this verifier signs in."""
        self._answer("SELECT worker_join(:verifier) AS answer", verifier=verifier)

    def survey(self) -> Survey:
        """Look what a worker has here, without speaking for it."""
        missing = """
            SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE NOT EXISTS (
                SELECT FROM pg_proc WHERE proname = name AND has_function_privilege(oid, 'EXECUTE'))"""
        names = f"{{{','.join(CALLED)}}}"

        def work(db: Connection) -> Survey:
            clock: Any = db.value("SELECT clock_timestamp() AS now_utc")
            return Survey(clock, db.column(missing, names=names), bool(db.driver.pgconn.ssl_in_use))

        surveyed: Survey = self._ask(work)
        return surveyed

    def _answer(self, query: str, **values: Any) -> Any:
        return self._ask(lambda db: db.value(query, **self._said(query, values)))

    def _rows(self, query: str, **values: Any) -> list[Any]:
        found: list[Any] = self._ask(lambda db: db.rows(query, **self._said(query, values)))
        return found

    def _said(self, query: str, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "instance": self.instance} if ":instance" in query else values

    def _ask(self, say: Callable[[Connection], Any]) -> Any:
        try:
            return self.database.say_alone(say)
        except Exception as error:
            if (why := _dismissal(error)) is not None:
                raise Dismissed(why) from error
            if _is_unstorable(error):
                raise Unstorable(str(error).partition("\n")[0][:_LONGEST_WHY]) from error
            raise


def _dismissal(error: Exception) -> str | None:
    """Why this process is refused for good; None if it is not."""
    if getattr(error, "sqlstate", None) in _NOT_ALLOWED:
        said = str(error).splitlines()[0]
        return f"The database refuses this worker ({said}); ask for a new invitation if it is still needed."
    if error.__cause__ is not None and (found := _NO_ROLE.search(str(error.__cause__))):
        return (
            f"The database does not let this worker in ({found[0]}): it was removed, or its invitation has expired; ask "
            "for a new invitation."
        )
    return None


def _is_unstorable(error: Exception) -> bool:
    """Of the driver, or of Python's JSON."""
    code = getattr(error, "sqlstate", None) or ""
    return code[:2] in _NEVER or (not code and isinstance(error, ValueError | OverflowError | RecursionError))


def _storable(value: Any) -> Any:
    """The value without characters and numbers that Python's JSON may have and PostgreSQL's JSONB not."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {_storable(name): _storable(part) for name, part in value.items()}
        case list() | tuple():
            return [_storable(part) for part in value]
        case _:
            return value


def _given(row: Any) -> Given:
    return Given(AttemptKey(*row[:3]), row.spec, row.begun)
