"""Time zones by their IANA names, and suggestions for a name that is none."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, available_timezones

from workflow_scheduler.domain.device_names import is_device

__all__ = ["find_zone", "zone_advice"]

_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)


def find_zone(name: str) -> ZoneInfo:
    """LookupError if there is none of that name. A name is never the path of anything but a file of zones: Windows would
    wait for what somebody types into `CON`."""
    if not _NAME.fullmatch(name) or any(map(is_device, name.split("/"))):
        raise LookupError(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise LookupError(name) from None


def zone_advice(name: str) -> str:
    """The end of a sentence: the zone that Windows calls so (`tzutil /g`), or zones with a similar name."""
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415  CLDR's table; only a mistake needs it

    zones = {windows.casefold(): zone for windows, zone in win_tz.items()}
    wanted = " ".join(name[:60].split()).casefold().removesuffix("_dstoff")
    if (zone := zones.get(wanted)) is not None:
        return f"this is Windows' name for it: write {zone}."
    import difflib  # noqa: PLC0415  for advice only

    near = difflib.get_close_matches(name[:60], available_timezones(), 3)
    return f"did you mean {' or '.join(near)}?" if near else "write one such as UTC, Europe/Berlin or America/New_York."
