"""Runs pytest on Windows Python without an installed project: what `python dev.py test --windows` calls under Wine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORTABLE = ("tests/windows", "tests/unit", "tests/processes", "tests/storage", "tests/engine")

if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    os.environ["PYTHONPATH"] = str(ROOT / "src")  # for the commands that the tests start
    sys.exit(pytest.main(["-p", "no:cacheprovider", *(sys.argv[1:] or PORTABLE)]))
