"""The names that Windows reserves for devices, with any extension: no folder can have them.

Source: Microsoft, "Naming Files, Paths, and Namespaces".
"""

from __future__ import annotations

import re

__all__ = ["is_device"]

_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(\..*)?$", re.IGNORECASE)


def is_device(name: str) -> bool:
    return _DEVICES.match(name) is not None
