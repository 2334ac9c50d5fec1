"""A folder of a user who does not exist is one that is not there, and no error of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workflow_scheduler.system.tilde import expanded


@pytest.mark.skipif(sys.platform == "win32", reason="Python takes the folder beside the own one there")
@pytest.mark.parametrize("path", ["~0", "~nobody-here/x", "a/~", "~nobody-here"])
def test_what_names_no_user_stays(path: str) -> None:
    assert expanded(path) == Path(path)


def test_the_own_home_is_found() -> None:
    assert expanded("~/x") == Path.home() / "x"
