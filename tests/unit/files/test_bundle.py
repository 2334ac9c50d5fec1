"""The files that a workflow takes along: the same content is the same bundle, and nothing leads out of a folder."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.files import bundle
from workflow_scheduler.files.bundle import collect, unpack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "definitions"
    for name, text in {
        "sql/a.sql": "select 1\n",
        "sql/deep/b.sql": "b\r\n",
        "tools/run.sh": "#!/bin/sh\n",
        "c.py": "",
        "~$book.xlsx": "x",
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(text.encode())
    (made / "tools" / "run.sh").chmod(0o755)
    return made


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unpacked(content: bytes, digest: str, folder: Path) -> Path:
    """The folder with what is in the bundle."""
    archive, made = folder / "bundle.zip", folder / "made"
    archive.write_bytes(content)
    unpack(archive, digest, made)
    return made


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["sql/*.sql"], {"sql/a.sql"}),
        (["sql/**/*.sql"], {"sql/a.sql", "sql/deep/b.sql"}),
        (["sql/"], {"sql/a.sql", "sql/deep/b.sql"}),
        (["sql", "sql/a.sql", "c.py"], {"sql/a.sql", "sql/deep/b.sql", "c.py"}),
        (["tools/run.sh"], {"tools/run.sh"}),
        (["*.xlsx"], {"~$book.xlsx"}),
    ],
)
def test_what_is_named_is_taken_along(folder: Path, tmp_path: Path, patterns: list[str], names: set[str]) -> None:
    found = collect(folder, patterns)
    assert (found.files, found.size) == (len(names), sum((folder / name).stat().st_size for name in names))
    assert content_of(unpacked(found.content, found.hash, tmp_path)) == {
        name: (folder / name).read_bytes() for name in names
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bit")
def test_a_program_stays_one(folder: Path, tmp_path: Path) -> None:
    found = collect(folder, ["tools", "c.py"])
    made = unpacked(found.content, found.hash, tmp_path)
    assert os.access(made / "tools" / "run.sh", os.X_OK)
    assert not (made / "c.py").stat().st_mode & 0o111


def test_the_hash_is_of_the_content_alone(folder: Path) -> None:
    first = collect(folder, ["sql"])
    os.utime(folder / "sql" / "a.sql", (1, 1))
    assert collect(folder, ["sql/**/*", "sql/a.sql"]) == first
    (folder / "sql" / "a.sql").write_bytes(b"select 2\n")
    assert collect(folder, ["sql"])[0] != first[0]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("../secret", "leads out"),
        ("/etc/passwd", "leads out"),
        ("sql/../../x", "leads out"),
        ("C:/x", "leads out"),
        ("a\\b", "leads out"),
        ("~/x", "leads out"),
        ("", "leads out"),
        ("nothing/*.sql", "matches nothing"),
    ],
)
def test_what_cannot_be_taken_along_is_refused(folder: Path, pattern: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        collect(folder, [pattern])


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_links_and_pipes_are_refused(folder: Path) -> None:
    (folder / "sql" / "link").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="symbolic link"):
        collect(folder, ["sql"])
    os.mkfifo(folder / "tools" / "pipe")
    with pytest.raises(InvalidInput, match="named pipe"):
        collect(folder, ["tools"])
    (folder / "elsewhere").symlink_to(folder.parent)
    (folder.parent / "x.sql").write_bytes(b"")
    with pytest.raises(InvalidInput, match="elsewhere is a symbolic link"):
        collect(folder, ["elsewhere/*.sql"])


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows cannot have")
@pytest.mark.parametrize("name", ["con.txt", "com¹.log", "a:b", "end.", "x\ny"])
def test_names_that_another_machine_cannot_have_are_refused(folder: Path, name: str) -> None:
    (folder / "tools" / name).write_bytes(b"")
    with pytest.raises(InvalidInput, match="not every machine"):
        collect(folder, ["tools"])


@pytest.mark.skipif(sys.platform == "win32", reason="one name on Windows")
@pytest.mark.parametrize("name", ["tools/RUN.sh", "Tools", "TOOLS/other.sh"])
def test_names_that_are_one_elsewhere_are_refused(folder: Path, name: str) -> None:
    """Those of folders, too."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")
    with pytest.raises(InvalidInput, match="one name on Windows"):
        collect(folder, ["*"])


def test_there_are_limits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_FILES", 2)
    with pytest.raises(InvalidInput, match="more than 2 files"):
        collect(folder, ["."])
    monkeypatch.setattr(bundle, "MOST_FILES", 10)
    monkeypatch.setattr(bundle, "MOST_BYTES", 12)
    with pytest.raises(InvalidInput, match="choose fewer"):
        collect(folder, ["."])


def test_hidden_files_are_taken_along_only_if_they_are_named(folder: Path) -> None:
    for name in (".env", "tools/.env", "tools/.git/config"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"PASSWORD=x")
    for patterns in (["*", "tools"], ["**/*"], ["."]):
        assert not [name for name in names_in(collect(folder, patterns)) if "/." in f"/{name}"]
    with pytest.raises(InvalidInput, match="matches nothing"):
        collect(folder, ["tools/.git/.config"])
    assert names_in(collect(folder, [".env"])) == {".env"}
    assert names_in(collect(folder, ["tools/.git"])) == {"tools/.git/config"}


def test_what_belongs_to_a_home_is_not_taken_along(folder: Path) -> None:
    (folder / "secret").write_bytes(b"x")
    assert "secret" in names_in(collect(folder, ["*"]))
    (folder / "home.id").write_bytes(b"x")
    for name in ("secret", "secrets/shop", "jobs.sqlite-wal", "worker.json", "attempts/r/a.1/stdout.log", "home.id"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
        with pytest.raises(InvalidInput, match="belongs to the home"):
            collect(folder, [name])
    assert names_in(collect(folder, ["sql", "c.py"])) == {"sql/a.sql", "sql/deep/b.sql", "c.py"}
    with pytest.raises(InvalidInput, match=r"'definitions/\w[^']*' belongs to the home .*definitions;"):
        collect(folder.parent, ["definitions"])


def names_in(found: bundle.Bundle) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(found.content)) as archive:
        return set(archive.namelist())


def test_what_had_the_name_is_replaced(folder: Path, tmp_path: Path) -> None:
    """Such as half of it, of a process that was killed, or what a script has changed."""
    found = collect(folder, ["sql", "c.py"])
    made = unpacked(found.content, found.hash, tmp_path)
    (made / "more").write_bytes(b"")
    (made / "c.py").write_bytes(b"changed")
    (tmp_path / ".made.part").mkdir()
    (tmp_path / ".made.part" / "half").write_bytes(b"")
    assert content_of(unpacked(found.content, found.hash, tmp_path)) == {
        name: (folder / name).read_bytes() for name in ("sql/a.sql", "sql/deep/b.sql", "c.py")
    }
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_times_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    found = collect(folder, ["c.py"])
    made = unpacked(found.content, found.hash, tmp_path)
    assert (made / "c.py").stat().st_mtime == 315_532_800


def _forged(*names: str, data: bytes = b"x") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", _forged("a", "b"), *map(_forged, ("../out", "/out", "a/../../out", "a//b", "C:/out"))],
)
def test_forged_content_makes_no_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        unpacked(content, "0" * 64, tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["bundle.zip"]


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 100_000)
    with pytest.raises(InvalidInput, match="more than a bundle may have"):
        unpacked(_forged("a", data=bytes(10_000_000)), "0" * 64, tmp_path)
