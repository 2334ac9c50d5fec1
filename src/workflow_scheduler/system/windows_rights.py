"""Windows: whether others may change files that the scheduler runs from. Finds nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from workflow_scheduler.domain.quick_dataclass import dataclass

from .write_access import EVERYBODY, has_rules, icacls_line, name_of, owner_of, replacers, writers

__all__ = ["OpenFolder", "open_folders", "open_to_everybody"]


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """`who`: the accounts that may change it. `command` restricts it; None if the disk has no permissions."""

    path: Path
    who: str
    command: str | None

    @property
    def advice(self) -> str:
        return f"run: {self.command}" if self.command else "move it to a disk with NTFS, which has permissions"


if sys.platform == "win32":
    import ctypes

    def open_to_everybody(folder: Path) -> OpenFolder | None:
        """The folder, if unintended users may change it."""
        import win32security  # noqa: PLC0415  most commands have no need of it

        try:
            text = _descriptor(folder)
        except win32security.error:  # not readable, and so hardly writable
            return None
        who = [sid for sid in writers(text) if sid in EVERYBODY]
        if not who:
            return None
        command = icacls_line(str(folder), owner_of(text), readers=False) if has_rules(text) else None
        return OpenFolder(folder, _names(who), command)

    def open_folders(
        private: Collection[Path], readable: Collection[Path], trusted: Collection[str]
    ) -> list[OpenFolder]:
        """Those of these folders, and of the folders above them, that others than Windows, administrators and the `trusted`
        SIDs may change, the outermost first. `private`: no others need to read them."""
        import win32security  # noqa: PLC0415

        found = []
        for path, whole in sorted(_places([*private, *readable]).items(), key=lambda place: len(place[0].parts)):
            try:
                text = _descriptor(path)
            except win32security.error:
                continue
            who = [sid for sid in (writers if whole else replacers)(text) if sid not in trusted]
            if who:
                found.append(_open_folder(path, text, who, trusted, readers=path not in private))
        return found

    def _open_folder(path: Path, text: str, who: list[str], trusted: Collection[str], *, readers: bool) -> OpenFolder:
        owner = owner_of(text)
        if not has_rules(text):
            return OpenFolder(path, _names(who), None)
        if owner in who:
            line = f'icacls "{path}" /setowner "*S-1-5-32-544" /T /C /Q'
            return OpenFolder(path, _names(who), line)
        return OpenFolder(path, _names(who), icacls_line(str(path), owner, readers=readers, others=trusted))

    def _places(paths: Collection[Path]) -> dict[Path, bool]:
        """With the folders above; whether each is meant as a whole, or for being above one that is."""
        places = {path.resolve(): True for path in paths}
        if not _is_wine():
            for path in list(places):
                for above in path.parents:
                    places.setdefault(above, False)
        return places

    def _is_wine() -> bool:
        """There a folder's rights are those of Unix without the sticky bit: /tmp looks as if everybody could replace its files."""
        return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")

    def _descriptor(path: Path) -> str:
        import win32security  # noqa: PLC0415

        wanted = win32security.OWNER_SECURITY_INFORMATION | win32security.DACL_SECURITY_INFORMATION
        descriptor = win32security.GetNamedSecurityInfo(str(path), win32security.SE_FILE_OBJECT, wanted)
        convert = win32security.ConvertSecurityDescriptorToStringSecurityDescriptor
        return str(convert(descriptor, win32security.SDDL_REVISION_1, wanted))

    def _names(sids: Collection[str]) -> str:
        return ", ".join(_name(sid) for sid in sids)

    def _name(sid: str) -> str:
        import win32security  # noqa: PLC0415

        if (known := name_of(sid)) != sid:
            return known
        try:
            name, domain, _ = win32security.LookupAccountSid(None, win32security.ConvertStringSidToSid(sid))
        except win32security.error:
            return sid
        return f"{domain}\\{name}" if domain else str(name)
else:

    def open_to_everybody(folder: Path) -> OpenFolder | None:
        """POSIX permissions are checked where they matter."""
        return None

    def open_folders(
        private: Collection[Path], readable: Collection[Path], trusted: Collection[str]
    ) -> list[OpenFolder]:
        return []
