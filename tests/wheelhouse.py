"""Fills a folder with what a machine without a network installs the project from: `pip install --no-index --find-links FOLDER`.

    python dev.py wheelhouse [FOLDER] [--windows [--python 3.12]]

FOLDER is `wheelhouse` beside `scheduler.py` if it is not named; there `python scheduler.py` finds it. It has the wheels of the project, of its parts with
the extras below, and of what builds it, for this system and Python, or for 64-bit Windows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

from windows.parts import windows_parts

ROOT = Path(__file__).parents[1]
EXTRAS = "web,postgres,metrics"
EDITABLE = "editables"
"""What hatchling asks for when a project is installed from its folder, as `python scheduler.py` does."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python dev.py wheelhouse", description="Download what the project needs.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "wheelhouse", metavar="FOLDER")
    parser.add_argument("--windows", action="store_true", help="for 64-bit Windows instead of this system")
    default = f"{sys.version_info[0]}.{sys.version_info[1]}"
    parser.add_argument("--python", default=default, metavar="X.Y", help=f"with --windows: default {default}")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    if given.windows:
        pip("wheel", "--no-deps", f"--wheel-dir={given.folder}", str(ROOT))
        pip(
            *("download", "--platform=win_amd64", f"--python-version={given.python}", "--implementation=cp"),
            *("--only-binary=:all:", f"--dest={given.folder}", *windows_parts(EXTRAS), *build, EDITABLE),
        )
    else:
        pip("wheel", f"--wheel-dir={given.folder}", f"{ROOT}[{EXTRAS}]", *build, EDITABLE)
    target = f"64-bit Windows and Python {given.python}" if given.windows else f"this system and Python {default}"
    print(f"{given.folder} has {len(list(given.folder.glob('*.whl')))} wheels for {target}.")


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit("Error: pip could not get everything; its words are above. Check the network, then run this again.")


if __name__ == "__main__":
    main()
