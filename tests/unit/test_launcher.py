"""`python scheduler.py` and `python dev.py` where they end with a sentence, and while the command that they start runs."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE

ROOT = Path(__file__).parents[2]


def launched(code: str, call: str) -> subprocess.CompletedProcess[str]:
    script = f"import sys, subprocess; import scheduler; {call.format(command=[sys.executable, '-c', code])}"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX; tests/windows presses Ctrl-C there")


@posix_only
def test_ctrl_c_is_the_commands_and_its_exit_code_counts() -> None:
    code = "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT); sys.exit(5)"
    done = launched(code, "sys.exit(scheduler.wait_for({command}))")
    assert (done.returncode, done.stderr) == (5, "")


@posix_only
def test_ctrl_c_while_tests_run_waits_for_them() -> None:
    """They have heard of it, too, and have processes to end."""
    code = (
        "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(1); print('cleaned up', flush=True)"
    )
    done = launched(code, "from tests import stages; stages.call({command})")
    assert done.stdout == "cleaned up\n"
    assert "KeyboardInterrupt" in done.stderr


def test_an_exit_code_of_windows_is_given_on() -> None:
    call = "subprocess.call = lambda command: 0xC000013A; print(scheduler.wait_for({command}))"
    assert launched("", call).stdout.strip() == str(0xC000013A - (1 << 32))


COMMANDS = (["scheduler.py", "demo"], ["dev.py", "test"])
commands = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])


def as_main(command: list[str], before: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the file as `python FILE` does, after a line of another's."""
    code = f"import runpy, sys; sys.argv = {command!r}; sys.path.insert(0, ''); {before}; runpy.run_path(sys.argv[0], run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@commands
@pytest.mark.parametrize("version", [(3, 6, 15), (3, 8, 18), (3, 10, 13)])
def test_an_old_python_is_a_sentence(command: list[str], version: tuple[int, ...]) -> None:
    old = ".".join(map(str, version))
    # Nothing that it does not have is asked of it first.
    before = f"sys.version_info = {version}; sys.version = '{old} (main)'; sys.modules['tomllib'] = None"
    done = as_main(command, before)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: Python 3.11 or newer is needed, and this is {old}.\n"


@pytest.mark.parametrize("file", ["scheduler.py", "dev.py"])
def test_an_old_python_can_read_as_far_as_that_sentence(file: str) -> None:
    ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the two files need before they set themselves up."""
    for name in ("scheduler.py", "dev.py", "pyproject.toml", "tests/stages.py", "ui/build.py", "ui/package.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@commands
def test_a_folder_that_cannot_be_written_is_a_sentence(copy: Path, command: list[str]) -> None:
    (copy / ".venv").write_text("in the way of a folder", encoding="utf-8")  # rights would not stop root
    done = as_main(command, "sys.prefix = sys.base_prefix", copy)
    assert (done.returncode, done.stdout) == (1, "")
    _, sentence = done.stderr.splitlines()
    assert sentence.startswith(f"Error: cannot write to {copy / '.venv'} (")
    assert "copy the project" in sentence


@commands
def test_ctrl_c_while_either_is_set_up_is_a_sentence(copy: Path, command: list[str]) -> None:
    interrupt = "def interrupt(*_, **__): raise KeyboardInterrupt"
    before = f"sys.prefix = sys.base_prefix; exec({interrupt!r}); import subprocess; subprocess.run = interrupt"
    done = as_main(command, before, copy)
    assert (done.returncode, done.stdout) == (130, "")
    _, sentence = done.stderr.splitlines()
    assert sentence.startswith("Interrupted")


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
    subprocess.run([sys.executable, "-c", script, str(venv), str(base)], cwd=ROOT, check=True, timeout=PATIENCE)
    assert {path.name for path in venv.glob("*.dll")} == {library, "pywintypes311.dll"}
