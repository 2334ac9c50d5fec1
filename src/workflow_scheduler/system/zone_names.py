"""Suggestions for a name that is not an IANA time zone."""

from __future__ import annotations

from zoneinfo import available_timezones

__all__ = ["zone_advice"]


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
