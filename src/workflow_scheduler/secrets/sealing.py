"""Encrypts what the store keeps, as far as this machine can: DPAPI on Windows, systemd-creds on Linux."""

from __future__ import annotations

import shutil
import subprocess
import sys

from .base import SecretUnavailable

__all__ = ["PLAIN", "seal", "unseal"]

PLAIN = "plain"
"""Not encrypted: only the permissions of the file protect it."""
_DPAPI, _SYSTEMD = "dpapi", "systemd-creds"
_TIMEOUT = 20.0


def seal(value: bytes) -> tuple[str, bytes]:
    """How it was sealed, and the sealed bytes. Only the account that did it can unseal them."""
    if sys.platform == "win32":
        return _DPAPI, _protected(value)
    if (sealed := _systemd_creds("encrypt", value)) is not None:
        return _SYSTEMD, sealed
    return PLAIN, value


def unseal(how: str, sealed: bytes) -> bytes:
    """SecretUnavailable if another account or another machine sealed it, or the bytes are damaged."""
    if how == PLAIN:
        return sealed
    found = None
    if how == _SYSTEMD:
        found = _systemd_creds("decrypt", sealed)
    elif how == _DPAPI and sys.platform == "win32":
        found = _unprotected(sealed)
    if found is None:
        raise SecretUnavailable(
            f"The secret was encrypted ({how}) by another account or on another machine, or is damaged; set it again."
        )
    return found


def _systemd_creds(verb: str, data: bytes) -> bytes | None:
    """None if this machine or this account cannot do it (systemd-creds(1); before version 256 only root can)."""
    program = shutil.which("systemd-creds")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, verb, "--name=", "-", "-"], input=data, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None


if sys.platform == "win32":
    import pywintypes
    import win32crypt

    _NO_DIALOG = 1  # CRYPTPROTECT_UI_FORBIDDEN

    def _protected(value: bytes) -> bytes:
        return bytes(win32crypt.CryptProtectData(value, None, None, None, None, _NO_DIALOG))

    def _unprotected(sealed: bytes) -> bytes | None:
        try:
            return bytes(win32crypt.CryptUnprotectData(sealed, None, None, None, _NO_DIALOG)[1])
        except pywintypes.error:
            return None
