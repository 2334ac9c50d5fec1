"""What a script can leave where a file is expected is named, and neither followed nor waited for."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workflow_scheduler.system.regular_file import NotRegular, TooLarge, create_regular, open_regular, read_regular

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "is a named pipe": _pipe,
    "is a folder": os.mkdir,
    "is a symbolic link": lambda path: path.symlink_to("/etc/passwd"),
    "is a socket": _socket,
}


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_no_regular_file_is_named(words: str, tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    HOSTILE[words](path)
    for read in (open_regular, lambda path: read_regular(path, 10)):
        with pytest.raises(NotRegular) as caught:
            read(path)
        assert caught.value.strerror == words


def test_a_link_is_followed_only_where_a_person_chose_the_name(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert read_regular(tmp_path / "link", 10, follow=True) == b"x"
    (tmp_path / "endless").symlink_to("/dev/zero")
    with pytest.raises(NotRegular, match="a device"):
        read_regular(tmp_path / "endless", 10, follow=True)


def test_what_is_endless_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLarge, match="more than 1,000 bytes"):
        read_regular(tmp_path / "endless", 1000)


def test_a_file_that_is_replaced_between_the_look_and_the_open_is_noticed(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "stdout.log"
    path.touch()
    real = os.stat

    def replaced(name: str, **options: bool) -> os.stat_result:
        status = real(name, **options)
        path.unlink()
        os.mkfifo(path)
        return status

    monkeypatch.setattr(os, "stat", replaced)
    with pytest.raises(NotRegular, match="a named pipe"):
        open_regular(path)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_new_file_takes_the_place_of_what_was_there(words: str, tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    HOSTILE[words](path)
    if words == "is a folder":
        with pytest.raises(NotRegular, match="a folder"):
            create_regular(str(path))
        return
    os.close(create_regular(str(path)))
    assert stat.S_ISREG(path.lstat().st_mode)
    assert path.stat().st_size == 0
