"""Invites a machine to run tasks: a role in PostgreSQL for it alone, and a token that gets it in once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.identifiers import check_identifier, first_unused
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.worker_token import WorkerToken, token_text
from workflow_scheduler.storage import worker_roles
from workflow_scheduler.storage import workers as store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.workers import WorkerRow
from workflow_scheduler.system.server_certificate import fingerprint, server_certificate

__all__ = ["LONGEST_NAME", "Invitation", "check_labels", "check_slots", "invite", "need_postgresql"]

LONGEST_NAME = 50
"""Characters: the name is part of those of a channel and of a role, which have at most 63 bytes."""
_PORT = 5432
_PATIENCE = 10.0
_HERE = re.compile(r"localhost|127\..*|::1|/.*|", re.IGNORECASE)
_OURS = frozenset(
    {"host", "hostaddr", "port", "user", "password", "passfile", "service", "sslmode", "sslcert", "sslkey"}
)
"""Parts of DB_URL that are this machine's own, or chosen by the other one. `sslrootcert` goes along as what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """`token`: for 'scheduler worker join', once. `warnings`: about the way to the server."""

    name: str
    labels: tuple[str, ...]
    slots: int
    address: str
    expires_at: datetime
    token: str
    warnings: tuple[str, ...]


def need_postgresql(database: Database) -> None:
    """Refused for a database that other machines cannot reach."""
    if database.is_sqlite:
        raise Refused(
            f"Workers on other machines need PostgreSQL, and DB_URL names {database.shown_url}; move this home there first."
        )


def check_labels(labels: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_identifier("label", label) for label in labels))


def check_slots(slots: int) -> int:
    if not 1 <= slots <= 1000:
        raise InvalidInput(f"A worker cannot have {slots} slots; choose a number from 1 to 1000.")
    return slots


def invite(
    database: Database,
    url: str,
    home: Path,
    now: datetime,
    *,
    name: str | None,
    labels: Collection[str],
    slots: int,
    lasts: timedelta,
    address: str | None,
) -> Invitation:
    """Make the worker's role and its row. `url`: the scheduler's DB_URL. `address`: the server's host, and perhaps its port, as
    the other machine sees it. A machine that was invited and has not joined can be invited again."""
    need_postgresql(database)
    labels, slots = check_labels(labels), check_slots(slots)
    if name is not None and len(check_identifier("worker", name)) > LONGEST_NAME:
        raise InvalidInput(f"The worker ID has {len(name)} characters; use at most {LONGEST_NAME}.")
    host, port = _address(url, address)
    certificate, warnings = _certificate(host, port)
    password, expires_at = secrets.token_urlsafe(32), now + lasts

    def work(db: Connection) -> WorkerRow:
        if (words := worker_roles.lacking(db)) is not None:
            raise Refused(f"{words}.")
        known = {worker.name: worker for worker in store.list_workers(db)}
        chosen = name or first_unused("worker", known)
        if (found := known.get(chosen)) is not None:
            if found.state != "invited":
                raise Refused(
                    f"There is a worker {chosen!r} already; choose another name, or remove it first with 'scheduler workers remove "
                    f"{chosen}'."
                )
            worker_roles.drop_role(db, found.role_name)
            store.delete_worker(db, chosen)
        row = WorkerRow(chosen, worker_roles.new_role_name(chosen), labels, slots, "invited", now, expires_at)
        worker_roles.make_role(db, row.role_name, password, expires_at)
        if (words := worker_roles.without_rights(db, row.role_name)) is not None:
            raise Refused(f"{words}.")
        store.add_worker(db, row)
        return row

    made = database.write(work)
    token = WorkerToken(
        made.name,
        _url(url, host, port, made.role_name, password),
        expires_at,
        "" if certificate is None else fingerprint(certificate),
        _authority(url, home) if certificate is not None else "",
    )
    return Invitation(
        name=made.name,
        labels=made.labels,
        slots=made.slots,
        address=f"{host}:{port}",
        expires_at=expires_at,
        token=token_text(token),
        warnings=tuple(warnings),
    )


def _address(url: str, given: str | None) -> tuple[str, int]:
    """Refused where the other machine would look for the server on itself."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = unquote(parts.hostname or "") or query.get("host", "")
    port = parts.port or int(query.get("port", _PORT))
    if given is None:
        if _HERE.fullmatch(host):
            where = "a socket of this machine" if host.startswith("/") or not host else host
            raise Refused(
                f"DB_URL names {where}, where another machine does not find the server; say where it does with --address HOST[:PORT]."
            )
        return host, port
    if given.startswith("/"):  # a socket, for a worker on this machine
        return given, port
    found = re.fullmatch(
        r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]{1,253}))(?::(?P<port>\d{1,5}))?", given
    )
    if found is None or int(found["port"] or _PORT) > 65535:
        raise InvalidInput(
            f"The address {given[:80]!r} is invalid; write HOST or HOST:PORT, and [ADDRESS]:PORT for IPv6."
        )
    return found["v6"] or found["host"], int(found["port"] or port)


def _url(url: str, host: str, port: int, role: str, password: str) -> str:
    parts = urlsplit(url)
    query = {name: value for name, value in parse_qsl(parts.query) if name not in _OURS | {"sslrootcert"}}
    query |= {"port": str(port), "host": host}
    return f"postgresql://{role}:{quote(password, safe='')}@{parts.path}?{urlencode(query)}"


def _certificate(host: str, port: int) -> tuple[bytes | None, list[str]]:
    if host.startswith("/"):
        return None, []
    try:
        certificate = server_certificate(host, port, _PATIENCE)
    except OSError as error:
        words = f"{host}:{port} does not answer from here ({error}): the other machine cannot check that it is the right server."
        return None, [words]
    if certificate is None and not _HERE.fullmatch(host):
        return None, [f"The server {host}:{port} has no TLS: what the worker sends and gets can be read on the way."]
    return certificate, []


def _authority(url: str, home: Path) -> str:
    """The certificates that this scheduler trusts for the server; empty if it names none."""
    path = dict(parse_qsl(urlsplit(url).query)).get("sslrootcert", "")
    if not path or path == "system":
        return ""
    try:
        return (home / path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The file {path} of DB_URL's sslrootcert cannot be read ({error}); correct it.") from None
