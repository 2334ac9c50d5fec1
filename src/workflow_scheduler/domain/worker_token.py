"""The line by which a machine becomes a worker: everything that it needs to reach the database once."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import datetime

from .errors import InvalidInput
from .quick_dataclass import dataclass

__all__ = ["WorkerToken", "read_token", "token_text"]

_START = "wsw1_"
"""By which a leaked one is recognised, and its version."""


@dataclass(frozen=True, slots=True)
class WorkerToken:
    """`url`: of the database, with the role and the password of the invitation. `fingerprint`: the SHA-256 of the server's
    certificate; empty for a server without TLS. `authority`: certificates in PEM that vouch for it; empty if that is not known."""

    name: str
    url: str
    expires_at: datetime
    fingerprint: str = ""
    authority: str = ""


def token_text(token: WorkerToken) -> str:
    said = {**asdict(token), "expires_at": token.expires_at.isoformat()}
    said = {name: value for name, value in said.items() if value}
    return _START + base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def read_token(text: str) -> WorkerToken:
    """InvalidInput if it is none, or not all of it."""
    packed = text.strip().removeprefix(_START)
    try:
        if packed == text.strip():
            raise ValueError
        said = json.loads(base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True))
        values = {name: str(said.get(name, "")) for name in ("name", "url", "fingerprint", "authority")}
        token = WorkerToken(**values, expires_at=datetime.fromisoformat(said["expires_at"]))
        if not (token.name and token.url and token.expires_at.tzinfo):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(
            "That is not the token of an invitation, or not all of it; copy the whole line that 'scheduler worker invite' printed."
        ) from None
    return token
