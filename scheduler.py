"""`python scheduler.py`: sets the project up beside itself on first use, then is the command `scheduler`.

Needs nothing but Python 3.11 or newer. Everything is installed into `.venv` in this folder; the system's own Python
packages are never touched.
"""

import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # said here, because what follows means nothing to an older one
    sys.exit(f"Error: Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, and this is {sys.version.split()[0]}.")

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".ready"
LOG = VENV / "pip.log"
LOCK = ROOT / ".venv.lock"
WHEELHOUSE = ROOT / "wheelhouse"
"""What `python dev.py wheelhouse` made: with it no network is needed."""


def python_of(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp_for(kind: str) -> str:
    """What an environment that is up to date carries: it changes with the dependencies, the Python and the place."""
    about = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + sys.version + str(ROOT) + kind
    return hashlib.sha256(about.encode()).hexdigest()


def is_ready(kind: str = "") -> bool:
    """Whether `.venv` is set up; one with the developers' extras serves a user as well."""
    try:
        stamp = STAMP.read_text(encoding="utf-8") if python_of(VENV).exists() else ""
    except OSError:  # there is none, or it is not for this user to read
        return False
    return stamp in {stamp_for(kind), stamp_for("dev" if kind == "web" else kind)}


def set_up(extras: str = "", versions: tuple[str, ...] = ()) -> Path:
    """Make `.venv` and install the project into it, once; returns its Python. Ends with a sentence where that fails.

    `versions` are parts that must have exactly that version.
    """
    kind = " ".join((extras, *versions)).strip()
    if not is_ready(kind):
        with alone():
            if not is_ready(kind):
                _set_up(extras, versions, kind)
    return python_of(VENV)


def _set_up(extras: str, versions: tuple[str, ...], kind: str) -> None:
    print("Setting up, once: making a virtual environment … ", end="", file=sys.stderr, flush=True)
    with writing():
        VENV.mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=VENV).close()
    step(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        "Python's module venv does not work here; on Debian and Ubuntu run: sudo apt install python3-venv",
    )
    print("installing … ", end="", file=sys.stderr, flush=True)
    target = f"{ROOT}[{extras}]" if extras else str(ROOT)
    source, advice = [], "check the network (and pip's proxy settings)"
    if WHEELHOUSE.is_dir() and kind in ("", "web"):
        source = ["--no-index", f"--find-links={WHEELHOUSE}"]
        advice = f"{WHEELHOUSE} must have what `python dev.py wheelhouse` makes for this system and this Python"
    options = ["--quiet", "--disable-pip-version-check", f"--log={LOG}", *source]
    step(
        [str(python_of(VENV)), "-m", "pip", "install", *options, "-e", target, *versions],
        f"pip could not install the parts; {advice}, then run this again. All that pip said is in {LOG}",
    )
    if os.name == "nt":
        place_libraries(VENV, Path(getattr(sys, "_base_executable", sys.executable)).parent)
    with writing():
        STAMP.write_text(stamp_for(kind), encoding="utf-8")
    print("done.", file=sys.stderr, flush=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let no other process set up the same environment meanwhile: it waits for this one, and finds it made."""
    with writing():
        descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT)
    try:
        if is_held(descriptor):
            print("Waiting for another process that sets this up … ", file=sys.stderr, flush=True)
            while is_held(descriptor):
                time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def is_held(descriptor: int) -> bool:
        """Whether another process has the lock; else this one has it from now on."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return True
        return False
else:
    import fcntl

    def is_held(descriptor: int) -> bool:
        """Whether another process has the lock; else this one has it from now on, where the file system has locks."""
        with contextlib.suppress(OSError):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def place_libraries(venv: Path, base: Path) -> None:
    """Put what pywin32's pythonservice.exe is linked with where pywin32 puts it, the environment's folder: there it finds no
    DLL otherwise when Windows starts it (mhammond/pywin32#1450). The scheduler's own service has another host."""
    names = (f"python{sys.version_info[0]}{sys.version_info[1]}.dll", "vcruntime140.dll", "vcruntime140_1.dll")
    parts = venv / "Lib" / "site-packages" / "pywin32_system32"
    for library in [*(base / name for name in names), *parts.glob("pywintypes*.dll")]:
        if library.exists():
            with contextlib.suppress(OSError):  # such as one that is in use, and so is there
                shutil.copy(library, venv)


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """End with a sentence where `.venv` cannot be written."""
    try:
        yield
    except OSError as error:
        sys.exit(
            f"\nError: cannot write to {VENV} ({error.strerror or error}). Run this as the user that owns the folder,"
            " or copy the project to a folder of your own."
        )


def step(command: list[str], advice: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        sys.exit(f"\nError: {advice}. ({error})")
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        sys.exit(f"\nError: {advice}.\n" + "\n".join(f"  {line}" for line in said[-4:]))


def is_installed_here() -> bool:
    """Whether this very Python has the project, as after `pip install -r requirements.txt`."""
    if sys.prefix == sys.base_prefix:
        return False
    return all(importlib.util.find_spec(name) is not None for name in ("workflow_scheduler", "click", "sqlalchemy"))


def wait_for(command: list[str]) -> int:
    """Run the command to its end; its exit code. Ctrl-C and Ctrl-Break are for the command, which has the same console."""
    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # on Windows what is started does not inherit this
    code = subprocess.call(command)
    # Python ends with another code if it is asked for one that is no signed number of 32 bits.
    return code - (1 << 32) if code >= 1 << 31 else code


def main() -> None:
    try:
        python = Path(sys.executable) if is_installed_here() else set_up("web")
    except KeyboardInterrupt:
        print("\nInterrupted; run it again to set it up.", file=sys.stderr)
        sys.exit(130)
    command = [str(python), "-m", "workflow_scheduler", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(wait_for(command))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
