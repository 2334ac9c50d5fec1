"""Both streams of a command in the order in which they came, with their times, whatever stands beside them."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from workflow_scheduler.executors.output_lines import read_output
from workflow_scheduler.processes import output_index
from workflow_scheduler.processes.capped import CappedFile
from workflow_scheduler.processes.output_index import INDEX, MOST_CHUNKS, OutputIndex, read_index
from workflow_scheduler.processes.start_file import STREAMS

# Each line waits until the keeper has taken what was written before: the order is that in which it came.
STEPS = """
import os, time
def taken():
    folder = os.environ["RUN_ID"] + "/" + os.environ["ATTEMPT"]
    return sum(os.path.getsize(f"{folder}/{n}.log") for n in ("stdout", "stderr") if os.path.exists(f"{folder}/{n}.log"))
def say(stream, text):
    before = taken()
    os.write(stream, text.encode())
    while taken() < before + len(text):
        time.sleep(0.001)
"""


class Writing:
    """A clock that a test moves, and the files as a keeper writes them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, cap: int = 1000) -> None:
        self.folder = folder
        self.now = 1_700_000_000_000_000
        monkeypatch.setattr(output_index.time, "time_ns", lambda: self.now * 1000)
        self.files = [CappedFile(str(folder / f"{name}.log"), cap) for name in STREAMS]
        self.index = OutputIndex(str(folder), cap)

    def write(self, stream: int, data: bytes, *, after: float = 1.0) -> None:
        self.now += int(after * 1_000_000)
        self.files[stream].write(data)
        self.index.note(stream, len(data))

    def close(self) -> None:
        for file in (*self.files, self.index):
            file.close()

    def shown(self, **options: object) -> list[tuple[str, str]]:
        return [(line.stream, line.text) for line in read_output(self.folder, **options).lines()]


@pytest.fixture
def writing(tmp_path, monkeypatch) -> Writing:
    return Writing(tmp_path, monkeypatch)


def test_a_keeper_notes_the_order(keepers) -> None:
    order = keepers.python(STEPS + "for n in range(3): say(1, f'step {n}\\n'); say(2, f'error {n}\\n')")
    keepers.run(order)
    output = read_output(Path(order.folder))
    texts = [line.text for line in output.lines()]
    assert texts == ["step 0", "error 0", "step 1", "error 1", "step 2", "error 2"]
    times = [line.at for line in output.lines()]
    assert None not in times
    assert times == sorted(times)
    assert output.ordered


def test_no_file_is_made_for_what_needs_none(keepers) -> None:
    for code in ("pass", "print('out')", "import sys; sys.stderr.write('err')"):
        order = keepers.python(code)
        record = keepers.run(order)
        assert not (Path(order.folder) / INDEX).exists()
        lines = list(read_output(Path(order.folder), times=True).lines())
        assert len(lines) == (code != "pass")
        assert (record["output_at"] is not None) == bool(lines)
        assert all(line.at is not None for line in lines)


def test_an_attempt_of_an_older_version_shows_no_order_and_no_times(tmp_path) -> None:
    (tmp_path / "stdout.log").write_bytes(b"a\nb\n")
    (tmp_path / "stderr.log").write_bytes(b"c\n")
    output = read_output(tmp_path, times=True)
    assert [(line.text, line.at) for line in output.lines()] == [("a", None), ("b", None), ("c", None)]
    assert not output.ordered


def test_a_line_comes_where_it_was_complete(writing) -> None:
    writing.write(0, b"copying")
    writing.write(1, b"warning\n")
    writing.write(0, b" done\nnext")
    writing.close()
    assert writing.shown() == [("stderr", "warning"), ("stdout", "copying done"), ("stdout", "next")]


def test_one_stream_over_a_while_has_times(writing) -> None:
    writing.write(0, b"one\n")
    writing.write(0, b"two\n", after=60)
    writing.close()
    one, two = read_output(writing.folder, times=True).lines()
    assert (two.at - one.at).total_seconds() == 60


def test_what_comes_at_once_is_one_chunk(writing) -> None:
    for _ in range(100):
        writing.write(0, b"x\n", after=0)
    for _ in range(100):
        writing.write(1, b"y\n", after=0.0001)
    writing.close()
    assert [chunk.end for chunk in read_index(str(writing.folder)).chunks] == [200, 200]


@pytest.mark.parametrize("closed", [True, False])
def test_a_cut_output_keeps_its_order_and_times(tmp_path, monkeypatch, closed) -> None:
    writing = Writing(tmp_path, monkeypatch, cap=100)
    writing.write(0, b"first\n")
    writing.write(1, b"early\n")
    for number in range(100):
        writing.write(0, b"line %02d\n" % number)
        if number == 98:
            writing.write(1, b"late\n")
    if closed:
        writing.close()
    shown = writing.shown()
    assert shown[:2] == [("stdout", "first"), ("stderr", "early")]
    assert shown[-3:] == [("stdout", "line 98"), ("stderr", "late"), ("stdout", "line 99")]
    assert [text for _, text in shown if "cut here" in text] == ["[... 706 bytes were cut here ...]"]
    # While the file is written round and round, its end is anywhere in it.
    for tail in (20, 30, 49):
        assert writing.shown(tail=tail)[-3:] == shown[-3:]
    lines = list(read_output(tmp_path, tail=30).lines())
    first = next(line for line in lines if line.stream == "stdout")
    assert (first.gap, lines[-1].gap, lines[-1].end) == (True, False, 806)


def test_a_character_at_the_cut_leaves_no_rest(tmp_path, monkeypatch) -> None:
    writing = Writing(tmp_path, monkeypatch, cap=101)
    writing.write(0, "€".encode() * 100)
    writing.write(1, b"x")
    writing.close()
    shown = [text for stream, text in writing.shown() if stream == "stdout"]
    assert (set(shown[0]), "cut here" in shown[1], set(shown[2])) == ({"€"}, True, {"€"})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_at_the_cut(tmp_path, monkeypatch, encoding) -> None:
    writing = Writing(tmp_path, monkeypatch, cap=101)
    writing.write(
        0, "Volume\r\n".encode(encoding) + ("x" * 100).encode("utf-16-be" if "be" in encoding else "utf-16-le")
    )
    writing.write(1, b"e")
    writing.close()
    shown = [text for stream, text in writing.shown() if stream == "stdout"]
    assert (shown[0], set(shown[1]), set(shown[3])) == ("Volume\r", {"x"}, {"x"})


def test_beyond_its_bound_nothing_is_noted_and_that_is_known(writing, monkeypatch) -> None:
    monkeypatch.setattr(output_index, "MOST_CHUNKS", 10)
    for number in range(20):
        writing.write(number % 2, b"%d\n" % number)
    writing.close()
    output = read_output(writing.folder)
    assert [line.text for line in output.lines()][:10] == [str(number) for number in range(10)]
    assert sorted(int(line.text) for line in output.lines()) == list(range(20))
    assert not output.ordered
    assert MOST_CHUNKS * 16 <= 1 << 20


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="named pipes")


@posix_only
@pytest.mark.parametrize("what", ["fifo", "link", "folder", "garbage", "huge", "times", "lengths"])
def test_whatever_a_script_makes_of_the_index(writing, what) -> None:
    writing.write(0, b"out\n")
    writing.write(1, b"err\n")
    writing.close()
    path = writing.folder / INDEX
    head = path.read_bytes()[:16]
    path.unlink()
    if what == "fifo":
        os.mkfifo(path)
    elif what == "link":
        path.symlink_to("/dev/zero")
    elif what == "folder":
        path.mkdir()
    elif what == "garbage":
        path.write_bytes(os.urandom(999))
    elif what == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    elif what == "times":
        path.write_bytes(head + struct.pack("<QQ", 2**64 - 1, 4 << 1) + struct.pack("<QQ", 2**63, 4 << 1 | 1))
    else:
        path.write_bytes(head + struct.pack("<QQ", 0, 2**64 - 2) * 20_000)
    output = read_output(writing.folder, times=True)
    assert sorted(line.text for line in output.lines()) == ["err", "out"]


@posix_only
@pytest.mark.parametrize("what", ["folder", "fifo"])
def test_a_name_that_is_taken_costs_the_order_and_no_output(writing, what) -> None:
    path = writing.folder / INDEX
    path.mkdir() if what == "folder" else os.mkfifo(path)
    writing.write(0, b"out\n")
    writing.write(1, b"err\n")
    writing.close()
    assert sorted(text for _, text in writing.shown()) == ["err", "out"]
