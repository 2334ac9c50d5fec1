"""Windows: the account that a service runs as, and its right to do so."""

from __future__ import annotations

import re
import sys

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["LOCAL_SYSTEM", "Account", "needs_password", "parse_account"]

_BUILT_IN = {
    "localsystem": "LocalSystem",
    "nt authority\\system": "LocalSystem",
    "localservice": "NT AUTHORITY\\LocalService",
    "nt authority\\localservice": "NT AUTHORITY\\LocalService",
    "networkservice": "NT AUTHORITY\\NetworkService",
    "nt authority\\networkservice": "NT AUTHORITY\\NetworkService",
}
_SIDS = {
    "LocalSystem": "S-1-5-18",
    "NT AUTHORITY\\LocalService": "S-1-5-19",
    "NT AUTHORITY\\NetworkService": "S-1-5-20",
}
"""Windows looks these up by the names of its own language."""
_NAME = re.compile(r'[^\\/"\[\]:|<>+=;,?*@\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class Account:
    """`name` as Windows writes it. `password`: None if Windows keeps it, or there is none."""

    name: str
    password: str | None = None

    @property
    def account(self) -> str | None:
        """The name for CreateService, which does not accept LocalSystem by name."""
        return None if self.name == LOCAL_SYSTEM.name else self.name

    @property
    def needs_right(self) -> bool:
        """Whether it needs the right to log on as a service; Windows' own accounts have it."""
        return self.name not in _BUILT_IN.values()


LOCAL_SYSTEM = Account("LocalSystem")


def parse_account(text: str) -> str:
    r"""The account's name as Windows writes it; one without a domain belongs to this machine: `.\name`. InvalidInput
    for an invalid name."""
    given = text.strip()
    if given.lower() in _BUILT_IN:
        return _BUILT_IN[given.lower()]
    domain, separator, user = given.rpartition("\\")
    parts = [domain if separator else ".", user]
    if not all(_NAME.fullmatch(part) for part in parts):
        raise InvalidInput(
            f"{text!r} is not an account; write DOMAIN\\user, .\\user (of this machine), DOMAIN\\name$ (a managed service account) "
            "or LocalSystem."
        )
    return "\\".join(parts)


def needs_password(name: str) -> bool:
    """Whether a password is needed: not for managed service accounts and Windows' own accounts."""
    return name not in _BUILT_IN.values() and not name.endswith("$")


if sys.platform == "win32":
    import pywintypes
    import win32api
    import win32security

    __all__ += ["allow_as_service", "own_sid", "sid_of"]

    def own_sid() -> str:
        """The security identifier of who runs this process."""
        token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), win32security.TOKEN_QUERY)
        sid = win32security.GetTokenInformation(token, win32security.TokenUser)[0]
        return str(win32security.ConvertSidToStringSid(sid))

    def sid_of(name: str) -> str:
        """Its security identifier. NotFound if Windows knows no such account."""
        if (built_in := _BUILT_IN.get(name.lower())) is not None:
            return _SIDS[built_in]
        try:
            sid = win32security.LookupAccountName(None, name.removeprefix(".\\"))[0]
        except pywintypes.error as error:
            raise NotFound(
                f"Windows does not know the account {name!r} ({error.strerror.strip()}); correct --account."
            ) from None
        return str(win32security.ConvertSidToStringSid(sid))

    def allow_as_service(account: Account) -> None:
        """Give it the right "Log on as a service". It keeps that: others may count on it. Source: Microsoft, "Account Rights
        Constants", SeServiceLogonRight."""
        sid = win32security.ConvertStringSidToSid(sid_of(account.name))
        wanted = win32security.POLICY_CREATE_ACCOUNT | win32security.POLICY_LOOKUP_NAMES
        try:
            policy = win32security.LsaOpenPolicy(None, wanted)
            win32security.LsaAddAccountRights(policy, sid, ("SeServiceLogonRight",))
        except pywintypes.error as error:
            raise Refused(
                f"Windows does not let {account.name} log on as a service ({error.strerror.strip()}); allow it in secpol.msc, "
                "Local Policies, User Rights Assignment."
            ) from None
