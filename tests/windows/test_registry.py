"""What the registry says about programs that run scripts."""

from __future__ import annotations

import sys
from pathlib import Path

from workflow_scheduler.processes.interpreters import _registered_gits
from workflow_scheduler.processes.shebang import _installed

KEY = r"SOFTWARE\Python\PythonCore\9.8"


def test_an_installed_python_is_known(scheduler) -> None:
    """A script that asks for its version is run by it."""
    import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, rf"{KEY}\InstallPath") as key:
        winreg.SetValue(key, None, winreg.REG_SZ, str(Path(sys.executable).parent))
    try:
        assert ("9.8", str(Path(sys.executable).with_name("python.exe"))) in list(_installed())
        (scheduler.home / "a.py").write_text(
            "#!/usr/bin/env python9.8 -I\nimport sys\nsys.exit(sys.flags.isolated + 4)\n"
        )
        scheduler("workflow", "create", "w")
        scheduler("task", "add", "w", "--command", "a.py", "--expected-exit-codes", "5")
        assert scheduler.json("run", "w")["state"] == "succeeded"
    finally:
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, rf"{KEY}\InstallPath")
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, KEY)
    assert "9.8" not in [version for version, _ in _installed()]


def test_git_may_be_absent() -> None:
    assert all(Path(root).is_absolute() for root in _registered_gits())
