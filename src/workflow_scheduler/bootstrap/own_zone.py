"""Gives a new home the time zone of its machine, written to `.env` so that it stays the same."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from workflow_scheduler.settings import Settings

__all__ = ["default_zone", "with_own_zone"]

_UTC = {"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "Zulu"}


def with_own_zone(settings: Settings, environment: Mapping[str, str] = os.environ) -> tuple[Settings, str]:
    """The settings of a new home, and a note about its time zone; empty if one is chosen."""
    if settings.zone_is_chosen:
        return settings, ""
    env_file = settings.home / ".env"
    try:
        zone = _machine_zone()
        if zone in _UTC:
            return settings, ""
        _append(env_file, f"TIMEZONE={zone}")
    except Exception as error:  # tzlocal has several of its own
        return settings, (
            f"The time zone of this machine cannot be used ({error or type(error).__name__}), so times are in UTC; set one in "
            f"{env_file}, such as TIMEZONE=Europe/Berlin."
        )
    return replace(settings, timezone=zone, zone_is_chosen=True), (
        f"Times are in {zone}, the time zone of this machine; set as TIMEZONE in {env_file}."
    )


def default_zone(settings: Settings) -> str:
    """The default zone of a new schedule: the one of the settings if chosen there, otherwise the machine's."""
    if settings.zone_is_chosen:
        return settings.timezone
    try:
        zone = _machine_zone()
    except Exception:  # tzlocal has several of its own
        return settings.timezone
    return settings.timezone if zone in _UTC else zone


def _machine_zone() -> str:
    """Its name in the IANA database. LookupError or OSError."""
    from tzlocal import get_localzone_name  # noqa: PLC0415  only a new home needs it

    name = str(get_localzone_name())
    ZoneInfo(name)
    return name


def _append(path: Path, line: str) -> None:
    """Add a line, in the encoding that the file has. OSError."""
    with path.open("a+b") as file:
        file.seek(0)
        mark = file.read(2)
        wide = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
        size = file.seek(0, 2)
        # The existing text may end without a line end.
        before = "\n" if size else ""
        file.write(f"{before}{line}\n".encode(wide.get(mark, "utf-8")))
