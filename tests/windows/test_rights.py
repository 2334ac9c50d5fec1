"""Who may change a home, and what is made private. Under Wine a folder's rights are those of Unix: owner and everyone."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from workflow_scheduler.system.private_folder import make_private_folder
from workflow_scheduler.system.windows_rights import open_folders, open_to_everybody
from workflow_scheduler.system.write_access import owner_of, writers

win32security = pytest.importorskip("win32security", reason="Windows")

WHAT = win32security.OWNER_SECURITY_INFORMATION | win32security.DACL_SECURITY_INFORMATION
MAY_CHANGE = "D:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{owner})(A;OICI;0x1301bf;;;{who})"


def rights_of(path: Path) -> str:
    descriptor = win32security.GetNamedSecurityInfo(str(path), win32security.SE_FILE_OBJECT, WHAT)
    return win32security.ConvertSecurityDescriptorToStringSecurityDescriptor(descriptor, 1, WHAT)


def let(who: str, path: Path) -> None:
    """Let others change a folder."""
    text = MAY_CHANGE.format(owner=owner_of(rights_of(path)), who=who)
    rules = win32security.ConvertStringSecurityDescriptorToSecurityDescriptor(text, 1).GetSecurityDescriptorDacl()
    what = win32security.DACL_SECURITY_INFORMATION
    win32security.SetNamedSecurityInfo(str(path), win32security.SE_FILE_OBJECT, what, None, None, rules, None)


def test_a_folder_that_everyone_may_change_is_found_with_the_command_that_ends_it(tmp_path) -> None:
    assert open_to_everybody(tmp_path) is None
    let("WD", tmp_path)
    found = open_to_everybody(tmp_path)
    assert found is not None
    assert found.who == "Everyone"
    assert found.command.startswith(f'icacls "{tmp_path}" /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F"')
    owner = owner_of(rights_of(tmp_path))
    assert [folder.path for folder in open_folders([tmp_path], [], [owner])][-1] == tmp_path.resolve()


def test_the_owner_counts_unless_trusted(tmp_path) -> None:
    owner = owner_of(rights_of(tmp_path))
    assert owner is not None
    if owner not in writers(rights_of(tmp_path)):
        return  # an administrator's folder belongs to all of them
    own = [folder for folder in open_folders([tmp_path], [], []) if folder.path == tmp_path.resolve()]
    assert "/setowner" in own[0].command
    assert tmp_path.resolve() not in [folder.path for folder in open_folders([tmp_path], [], [owner])]


def test_the_doctor_and_the_page_tell_of_a_home_that_everyone_may_change(scheduler) -> None:
    let("WD", scheduler.home)
    home = next(finding for finding in scheduler.json("doctor", code=None) if finding["about"] == "home")
    assert home["state"] == "warning"
    assert "is writable by Everyone" in home["words"]
    assert home["advice"].startswith(f'icacls "{scheduler.home}"')
    refused = scheduler("web", "--serve", code=4).stderr
    assert "is writable by Everyone" in refused
    assert f'icacls "{scheduler.home}"' in refused


def test_a_service_is_refused_in_a_home_that_everyone_may_change(scheduler) -> None:
    if not ctypes.windll.shell32.IsUserAnAdmin():
        return  # only an administrator installs one
    let("WD", scheduler.home)
    said = scheduler("service", "install", "--system", code=4).stderr
    assert "is writable by Everyone" in said
    assert f'icacls "{scheduler.home}" /inheritance:r' in said
    assert scheduler.json("service", "status", "--system")["installed"] is False


def test_a_private_folder_is_made_once(tmp_path) -> None:
    folder = tmp_path / "home"
    make_private_folder(str(folder))
    assert set(writers(rights_of(folder))) <= {owner_of(rights_of(folder)), owner_of(rights_of(tmp_path))}
    with pytest.raises(FileExistsError):
        make_private_folder(str(folder))
    make_private_folder(str(folder), exist_ok=True)
    with pytest.raises(FileNotFoundError):
        make_private_folder(str(tmp_path / "none" / "home"))
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_private_folder(str(tmp_path / "file"), exist_ok=True)


@pytest.mark.real_windows("Wine's folders know no rights but those of Unix")
def test_a_private_folder_is_for_its_owner_and_administrators_alone(tmp_path) -> None:
    let("AU", tmp_path)
    assert open_to_everybody(tmp_path) is not None
    folder = tmp_path / "home"
    make_private_folder(str(folder))
    (folder / "inside").mkdir()
    for path in (folder, folder / "inside"):
        assert open_to_everybody(path) is None
        text = rights_of(path)
        assert ";;;SY)" in text
        assert ";;;BA)" in text
        assert not any(f";;;{sid})" in text for sid in ("WD", "AU", "BU"))
