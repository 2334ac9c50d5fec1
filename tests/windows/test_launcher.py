"""`python scheduler.py` and Ctrl-C, in a console of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from patience import PATIENCE

ROOT = Path(__file__).parents[2]
CHILD = """
import pathlib, sys, time
pathlib.Path('began').touch()
try:
    while True: time.sleep(0.05)
except KeyboardInterrupt:
    sys.exit(7)
"""
PRESS = """
import ctypes, pathlib, sys, time
kernel = ctypes.windll.kernel32
kernel.FreeConsole()
assert kernel.AttachConsole(int(sys.argv[1]))
kernel.SetConsoleCtrlHandler(None, True)
assert kernel.GenerateConsoleCtrlEvent(0, 0)
"""


def test_ctrl_c_is_the_commands_and_its_exit_code_counts(tmp_path, until) -> None:
    launch = f"import sys, scheduler; sys.exit(scheduler.wait_for([sys.executable, '-c', {CHILD!r}]))"
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {launch}"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        creationflags=subprocess.CREATE_NO_WINDOW,
    )
    try:
        until((tmp_path / "began").exists)
        press = [sys.executable, "-c", PRESS, str(process.pid)]
        subprocess.run(press, check=True, creationflags=subprocess.CREATE_NO_WINDOW)
        said = process.communicate(timeout=PATIENCE)[0]
    finally:
        process.kill()
    assert (process.returncode, said) == (7, b"")
