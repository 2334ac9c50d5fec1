"""Linux: a read lease is granted only while no process has the file open for writing.

Source: fcntl(2), F_SETLEASE: "a read lease can be placed only on a file descriptor that is opened read-only" and is
refused with EAGAIN while the file is open for writing anywhere: by descriptor, inherited or not, or by memory map.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import sys
from pathlib import Path

from .probe import Finding, Verdict

__all__ = ["probe_file", "writers_of"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("probe_windows does this here")

# Another machine, or a program behind the kernel, may be writing there: a lease given proves nothing, and NFS 4 and
# SMB answer EAGAIN for a file that no process has open.
_REMOTE = (
    *("nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "gfs2", "lustre", "ocfs2", "prl_fs", "vboxsf", "virtiofs"),
    *("fuse", "fuseblk"),
)


def probe_file(path: str) -> Finding:
    """Ask the kernel whether any process can still write the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return Finding(Verdict.UNREADABLE, f"cannot be read ({error.strerror})")
    try:
        if (kind := _kind_of_file_system(os.fstat(descriptor).st_dev)) in _REMOTE:
            return Finding(Verdict.CANNOT_TELL, f"no lease check on {kind}")
        # A writer that comes meanwhile is announced by a signal that is ignored by default; SIGIO would kill us.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        if error.errno == errno.EAGAIN:
            return Finding(Verdict.BUSY, "is open for writing")
        # EACCES: the file is another user's. EINVAL: its file system has no leases.
        return Finding(Verdict.CANNOT_TELL, f"no lease granted ({error.strerror})")
    finally:
        os.close(descriptor)
    return Finding(Verdict.FINISHED, "no process has it open for writing (read lease)")


def _kind_of_file_system(device: int) -> str:
    """Such as `ext4` or `nfs4`; empty if the mount table does not show the device, as for some btrfs volumes."""
    mark = f"{os.major(device)}:{os.minor(device)}"
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
            fields = line.split()
            if fields[2] == mark:
                return fields[fields.index("-") + 1].partition(".")[0]
    return ""


def writers_of(path: str) -> list[str]:
    """The processes that have the file open or mapped for writing, as far as this user may see them."""
    try:
        wanted = os.stat(path)
    except OSError:
        return []
    mark = f"{os.major(wanted.st_dev):02x}:{os.minor(wanted.st_dev):02x} {wanted.st_ino} "
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and (_has_descriptor(process, wanted) or _has_map(process, mark)):
            with contextlib.suppress(OSError):
                found.append(f"{(process / 'comm').read_text(errors='replace').strip()} (pid {process.name})")
    return found


def _has_descriptor(process: Path, wanted: os.stat_result) -> bool:
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                if os.path.samestat(link.stat(), wanted):
                    info = (process / "fdinfo" / link.name).read_text()
                    flags = int(info.split("flags:")[1].split()[0], 8)
                    if flags & os.O_ACCMODE != os.O_RDONLY:
                        return True
    return False


def _has_map(process: Path, mark: str) -> bool:
    with contextlib.suppress(OSError):
        for line in (process / "maps").read_text(errors="replace").splitlines():
            permissions = line.split(" ", 2)[1]
            if mark in line and "w" in permissions and "s" in permissions:
                return True
    return False
