"""What a worker says to the database and asks of it: only by functions, as its role has no right to any table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.run import AttemptKey

from .database import Connection, Database

__all__ = ["Given", "Order", "WorkerDesk"]


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


@dataclass(frozen=True, slots=True)
class WorkerDesk:
    """`instance`: this process, which is refused once another one speaks for the worker. `home_id`: of the worker's home."""

    database: Database
    instance: str
    home_id: str

    def hello(self, host: str, identity: Mapping[str, Any], version: str, protocol: int) -> Mapping[str, Any]:
        """Speak for the worker from now on. Returns its name, labels, slots and state; or "refused", and why."""
        query = "SELECT worker_hello(:instance, :host, CAST(:identity AS JSONB), :version, :protocol) AS answer"
        values = {"host": host, "identity": dict(identity), "version": version, "protocol": protocol}
        answer: Mapping[str, Any] = self._answer(query, **values)
        return answer

    def beat(self, clock: datetime, measured: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the labels, slots and state of the worker as they are now."""
        query = "SELECT worker_beat(:instance, :clock, CAST(:measured AS JSONB)) AS answer"
        answer: Mapping[str, Any] = self._answer(query, clock=clock, measured=dict(measured))
        return answer

    def claim(self, most: int) -> list[Given]:
        """Take up to `most` of the attempts that are offered. What is taken is this worker's, whatever happens."""
        query = "SELECT run_id, task_id, number, spec, begun FROM worker_claim(:instance, :home, :most)"
        return [_given(row) for row in self._rows(query, home=self.home_id, most=most)]

    def held(self) -> list[Given]:
        """What this worker has claimed and not reported the end of, from any of its processes."""
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
        rows = [{**key._asdict(), "kind": kind, "report": dict(report)} for key, kind, report in told]
        self._answer("SELECT worker_report(:instance, CAST(:told AS JSONB)) AS answer", told=rows)

    def put_output(self, key: AttemptKey, stream: str, position: int, data: bytes) -> None:
        """Store a part of up to 256 KiB of an attempt's output."""
        query = "SELECT worker_output(:instance, :run_id, :task_id, :number, :stream, :position, :data) AS answer"
        self._answer(query, stream=stream, position=position, data=data, **key._asdict())

    def seen(self, key: AttemptKey, facts: Mapping[str, Any]) -> None:
        """Answer a look at what the attempt's command does now."""
        query = "SELECT worker_seen(:instance, :run_id, :task_id, :number, CAST(:facts AS JSONB)) AS answer"
        self._answer(query, facts=dict(facts), **key._asdict())

    def bundle(self, digest: str) -> bytes | None:
        """The files of a workflow of which this worker runs an attempt."""
        found = self._answer("SELECT worker_bundle(:instance, :digest) AS answer", digest=digest)
        return None if found is None else bytes(found)

    def join(self, verifier: str) -> None:
        """Use the invitation up: from now on only the secret of this verifier signs in."""
        self._answer("SELECT worker_join(:verifier) AS answer", verifier=verifier)

    def _answer(self, query: str, **values: Any) -> Any:
        return self._write(lambda db, said: db.value(query, **said), query, values)

    def _rows(self, query: str, **values: Any) -> list[Any]:
        found: list[Any] = self._write(lambda db, said: db.rows(query, **said), query, values)
        return found

    def _write(self, say: Any, query: str, values: dict[str, Any]) -> Any:
        said = {**values, "instance": self.instance} if ":instance" in query else values

        def work(db: Connection) -> Any:
            return say(db, said)

        return self.database.write(work)


def _given(row: Any) -> Given:
    return Given(AttemptKey(*row[:3]), row.spec, row.begun)
