"""Who may change a Windows file or folder, from its security descriptor as text (SDDL).

Source: Microsoft, "Security Descriptor String Format", "ACE Strings" and "SID Strings".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["EVERYBODY", "has_rules", "icacls_line", "name_of", "owner_of", "replacers", "writers"]

_TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
_NUMBERS = {"SY": "S-1-5-18", "BA": "S-1-5-32-544", "CO": "S-1-3-0", "OW": "S-1-3-4"}
_ADMINISTRATORS = {*_NUMBERS, *_NUMBERS.values(), _TRUSTED_INSTALLER, "LA", "DA", "EA"}
"""What runs Windows, its administrators, and the owner by another name, who is checked as the owner."""
EVERYBODY = {
    "WD": "Everyone",
    "AU": "Authenticated Users",
    "BU": "Users",
    "IU": "Interactive",
    "NU": "Network",
    "AN": "Anonymous",
    "BG": "Guests",
    "DU": "Domain Users",
    "DG": "Domain Guests",
    "RD": "Remote Desktop Users",
    "S-1-2-0": "Local",
    "S-1-2-1": "Console Logon",
}
"""Groups with members who were not chosen for this purpose."""
_FILE = {"CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100}
_STANDARD = {"SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000}
_GENERIC = {"GA": 0x10000000, "GX": 0x20000000, "GW": 0x40000000, "GR": 0x80000000}
_SETS = {"FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0}
_RIGHTS = {**_FILE, **_STANDARD, **_GENERIC, **_SETS}
_WRITE_DATA, _APPEND, _DELETE_CHILD, _DELETE, _WRITE_DAC, _WRITE_OWNER = 0x2, 0x4, 0x40, 0x10000, 0x40000, 0x80000
_TAKE = _DELETE | _WRITE_DAC | _WRITE_OWNER | _RIGHTS["GA"]
_WRITE = _TAKE | _WRITE_DATA | _APPEND | _DELETE_CHILD | _RIGHTS["GW"]
_REPLACE = _TAKE | _DELETE_CHILD
_LIST = re.compile(r"D:([A-Z_]*)((?:\((?:[^()]|\([^()]*\))*\))*)")
_ENTRY = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)")


def writers(sddl: str) -> tuple[str, ...]:
    """The SIDs, as in the text, that may change it or what is created in it, besides Windows and administrators."""
    return _holders(sddl, _WRITE, inherited=True)


def replacers(sddl: str) -> tuple[str, ...]:
    """The SIDs that may delete or rename the folder or what it contains, and so replace it."""
    return _holders(sddl, _REPLACE, inherited=False)


def has_rules(sddl: str) -> bool:
    """Whether it has an access list; on a disk without permissions, such as FAT, there is none."""
    found = _LIST.search(sddl)
    return found is not None and "NO_ACCESS_CONTROL" not in found[1]


def owner_of(sddl: str) -> str | None:
    """The owner's SID."""
    found = re.match(r"O:(S-[0-9-]+|[A-Z]{2})", sddl)
    return found[1] if found else None


def name_of(sid: str) -> str:
    """The name of a group that every Windows has; otherwise the SID itself."""
    return EVERYBODY.get(sid, sid)


def icacls_line(path: str, owner: str | None, *, readers: bool, others: Iterable[str] = ()) -> str:
    """The command, for cmd and PowerShell, that restricts `path` to SYSTEM, Administrators, its owner and `others`;
    `readers`: users may still read it. It uses SIDs, which are the same in every language."""
    numbers = dict.fromkeys(_NUMBERS.get(sid, sid) for sid in ("SY", "BA", *([owner] if owner else []), *others))
    grants = [f'"*{sid}:(OI)(CI)F"' for sid in numbers if sid.startswith("S-")]
    if readers:
        grants.append('"*S-1-5-32-545:(OI)(CI)RX"')
    # A backslash before a quote would make it part of the path.
    return f'icacls "{path.rstrip(chr(92))}" /inheritance:r /grant:r {" ".join(grants)}'


def _holders(sddl: str, wanted: int, *, inherited: bool) -> tuple[str, ...]:
    """The SIDs with one of these rights. `inherited`: also count entries that apply only to what is created in the
    folder."""
    found = _LIST.search(sddl)
    if found is None or not has_rules(sddl):
        return ("WD",)  # without a list everyone may do everything
    denied: dict[str, int] = {}
    holders = dict.fromkeys([owner] if (owner := owner_of(sddl)) else [])  # who owns it may give rights away
    for entry in _ENTRY.findall(found[2]):
        kind, flags, rights, _, _, sid = entry.split(";")[:6]
        for_children_only = "IO" in re.findall("..", flags)
        mask = _mask(rights) & wanted
        if kind in ("D", "XD") and not for_children_only:
            denied[sid] = denied.get(sid, 0) | (mask if kind == "D" else 0)
        elif kind in ("A", "XA", "OA", "ZA") and (inherited or not for_children_only):
            left = mask & ~(denied.get(sid, 0) | denied.get("WD", 0))
            holders |= {sid: None} if left else {}
    return tuple(sid for sid in holders if sid not in _ADMINISTRATORS)


def _mask(rights: str) -> int:
    if re.fullmatch(r"0[xX][0-9a-fA-F]+|[0-9]+", rights):
        return int(rights, 0)
    mask = 0
    for name in re.findall("..", rights):
        mask |= _RIGHTS.get(name, 0)
    return mask
