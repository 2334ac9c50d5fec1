"""Makes a home that of a worker: with a token, which works once, and a password that only this machine knows."""

from __future__ import annotations

import contextlib
import secrets
import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from workflow_scheduler.domain.errors import Refused, SchedulerError, Unreachable
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.worker_token import WorkerToken
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.worker_desk import Dismissed, WorkerDesk
from workflow_scheduler.storage.worker_roles import verifier_of
from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.system.regular_file import write_text
from workflow_scheduler.system.server_certificate import fingerprint, server_certificate

from .membership import MEMBERSHIP, Membership, is_worker, read_membership, write_membership
from .process import running_worker

__all__ = ["Joined", "join"]

_PATIENCE = 10.0
_PINNED = "server.crt"


@dataclass(frozen=True, slots=True)
class Joined:
    """`secured`: how the connection is: "verified", "pinned" to the server's certificate, or "plain"."""

    name: str
    secured: str


def join(home: Path, token: WorkerToken, now: datetime) -> Joined:
    """Refused for a home that has another use, a token that has expired or was used, and a server that is another one."""
    _check_home(home)
    if token.expires_at < now:
        raise Refused(
            f"The invitation of {token.name} expired at {token.expires_at:%Y-%m-%d %H:%M} UTC; ask for a new one ('scheduler worker "
            "invite')."
        )
    secured, url = _secured(home, token)
    password = secrets.token_urlsafe(32)
    role = urlsplit(url).username or ""
    with _desk(url, home) as desk:
        with contextlib.closing(_opened(desk)) as driver:
            verifier = verifier_of(driver, role, password)
        # First here: a password that is the server's alone would shut this machine out.
        write_membership(home, Membership(token.name, _with_password(url, password)))
        crash_point("join.before_used")
        try:
            desk.join(verifier)
            crash_point("join.used")
        except SchedulerError as error:
            # An answer that was lost: perhaps the new password is valid all the same.
            if isinstance(error, Dismissed) or not _signs_in(home):
                (home / MEMBERSHIP).unlink(missing_ok=True)
                raise
    return Joined(token.name, secured)


def _check_home(home: Path) -> None:
    if (home / "engine.lock").exists() or (home / "jobs.sqlite").exists():
        raise Refused(f"{home} is the home of a scheduler; choose another folder for the worker with --home.")
    if is_worker(home) and (running_worker(home) is not None or _signs_in(home)):
        name = read_membership(home).name
        raise Refused(
            f"{home} is the home of the worker {name} already; start it with 'scheduler worker start', or choose another folder with "
            "--home."
        )


def _signs_in(home: Path) -> bool:
    """Whether the database knows the password of this home."""
    try:
        with _desk(read_membership(home).url, home) as desk:
            desk.database.connect_alone().close()
    except Exception:  # of the driver
        return False
    return True


@contextlib.contextmanager
def _desk(url: str, home: Path) -> Iterator[WorkerDesk]:
    database = Database(url, home)
    try:
        yield WorkerDesk(database, "", "")
    finally:
        database.close()


def _secured(home: Path, token: WorkerToken) -> tuple[str, str]:
    """How the server is known, and the URL that says so."""
    query = dict(parse_qsl(urlsplit(token.url).query))
    host, port = query.get("host", ""), int(query.get("port", "5432"))
    if not token.fingerprint:
        _connect(home, token.url)
        return "plain", token.url
    try:
        certificate = server_certificate(host, port, _PATIENCE)
    except OSError as error:
        raise Unreachable(
            f"The server {host}:{port} does not answer ({error}); check the way there, and its firewall."
        ) from None
    if certificate is None or fingerprint(certificate) != token.fingerprint:
        raise Refused(
            f"The server at {host}:{port} is not the one of the invitation: it shows another certificate; ask for a new invitation if it "
            "was replaced."
        )
    verified = _with(token.url, sslmode="verify-full", sslrootcert="system")
    if not token.authority and _connects(home, verified):
        return "verified", verified
    pinned = home / _PINNED
    write_text(str(pinned), token.authority or ssl.DER_cert_to_PEM_cert(certificate))
    for secured, mode in (("verified", "verify-full"), ("pinned", "verify-ca")):
        url = _with(token.url, sslmode=mode, sslrootcert=str(pinned))
        if (secured == "pinned" or token.authority) and _connects(home, url):
            return secured, url
    _connect(home, _with(token.url, sslmode="require"))  # says what else is wrong, such as the password
    raise Refused(
        f"The certificate of {host}:{port} is signed by an authority that this machine does not know; name its file in the scheduler's "
        "DB_URL (sslrootcert=FILE), then invite again."
    )


def _connects(home: Path, url: str) -> bool:
    try:
        _connect(home, url)
    except SchedulerError:
        return False
    return True


def _connect(home: Path, url: str) -> None:
    """Unreachable, and Refused for a password that is none any more."""
    with _desk(url, home) as desk:
        _opened(desk).close()


def _opened(desk: WorkerDesk) -> Any:
    """A connection, which the caller closes. The same errors."""
    try:
        return desk.database.connect_alone()
    except Exception as error:  # of the driver
        said = " ".join(str(error).split())
        if "authentication failed" in said or "does not exist" in said:
            raise Refused(
                "The invitation was used already, has expired, or was withdrawn; ask for a new one ('scheduler worker invite')."
            ) from error
        raise Unreachable(f"The server {desk.database.shown_url} does not let this machine in ({said}).") from error


def _with(url: str, **options: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **options})).geturl()


def _with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}:{quote(password, safe='')}@").geturl()
