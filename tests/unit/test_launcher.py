"""`python scheduler.py` while the command that it starts runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def launched(code: str, call: str) -> subprocess.CompletedProcess[str]:
    script = f"import sys, subprocess; import scheduler; {call.format(command=[sys.executable, '-c', code])}"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX; tests/windows presses Ctrl-C there")
def test_ctrl_c_is_the_commands_and_its_exit_code_counts() -> None:
    code = "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT); sys.exit(5)"
    done = launched(code, "sys.exit(scheduler.wait_for({command}))")
    assert (done.returncode, done.stderr) == (5, "")


def test_an_exit_code_of_windows_is_given_on() -> None:
    call = "subprocess.call = lambda command: 0xC000013A; print(scheduler.wait_for({command}))"
    assert launched("", call).stdout.strip() == str(0xC000013A - (1 << 32))


def test_ctrl_c_while_it_is_set_up_is_a_sentence() -> None:
    interrupt = "def interrupt(*_): raise KeyboardInterrupt"
    call = f"exec({interrupt!r}); scheduler.is_installed_here = interrupt; scheduler.main()"
    done = launched("", call)
    assert (done.returncode, "Interrupted" in done.stderr, "Traceback" in done.stderr) == (130, True, False)


def test_what_pywin32s_service_host_is_linked_with_is_put_beside_it(tmp_path) -> None:
    venv, base = tmp_path / ".venv", tmp_path / "python"
    parts = venv / "Lib" / "site-packages" / "pywin32_system32"
    library = f"python{sys.version_info[0]}{sys.version_info[1]}.dll"
    for folder, name in (
        (base, library),
        (base, "python.exe"),
        (parts, "pywintypes311.dll"),
        (parts, "pythoncom311.dll"),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    script = "import sys, pathlib, scheduler; scheduler.place_libraries(*map(pathlib.Path, sys.argv[1:]))"
    subprocess.run([sys.executable, "-c", script, str(venv), str(base)], cwd=ROOT, check=True, timeout=60)
    assert {path.name for path in venv.glob("*.dll")} == {library, "pywintypes311.dll"}
