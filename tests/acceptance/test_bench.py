"""`python dev.py bench`: what is shown of what was measured, and that a part measures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch) -> None:
    """Its modules can be imported."""
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.mark.parametrize("part", ["start", "lists"])
def test_a_part_prints_a_table_without_gaps_and_leaves_the_page_alone(part) -> None:
    page = (BENCH.parent / "docs" / "performance.md").read_bytes()
    command = [sys.executable, str(BENCH), "--smoke", "--alone", "--only", part]
    done = subprocess.run(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=True)
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) > 4
    for _, *cells in rows[1:]:
        assert cells
        assert all(re.search(r"\d", cell) for cell in cells), done.stdout
    assert (BENCH.parent / "docs" / "performance.md").read_bytes() == page


def test_without_a_binary_dagu_is_left_out_with_a_sentence(bench, monkeypatch, tmp_path) -> None:
    from peer_scripts import PACKAGES, Peers
    from sizes import SMOKE

    for value in ("", str(tmp_path / "none")):
        monkeypatch.setenv("DAGU", value)
        peers = Peers(SMOKE, (*PACKAGES, "dagu"))
        assert peers.names("start") == ["cronstable"]
        (note,) = peers.notes
        assert "DAGU=/path/to/dagu" in note
    monkeypatch.setenv("DAGU", sys.executable)
    peers = Peers(SMOKE, (*PACKAGES, "dagu"))
    assert peers.names("start") == ["cronstable", "dagu"]
    assert peers.turn("writes", 0) == ["cronstable", "dagu"]
    assert not peers.notes


def test_a_peer_whose_script_fails_has_no_figures_and_is_named(bench, monkeypatch) -> None:
    from peer_scripts import Peers
    from sizes import SMOKE

    monkeypatch.setenv("DAGU", sys.executable)
    peers = Peers(SMOKE, ["dagu"])
    assert peers.ask("dagu", "start") == {}
    assert peers.notes == ["Dagu, start: its script ended with exit code 1."]


def test_ratios_are_those_of_the_same_round_and_a_dash_stands_for_no_figure(bench) -> None:
    from table import medians, ratio, times

    rounds = {
        "floor": [{"work": 1.0}, {"work": 10.0}, {"work": 2.0}],
        "this": [{"work": 2.0}, {"work": 40.0}, {"work": 6.0}],
        "peer": [{}, {"work": None}, {}],
    }
    assert ratio(rounds, "work") == "3.00"
    assert ratio(rounds, "work", of="peer") == "-"
    assert medians(rounds, "this", "work", str) == "6.0"
    assert medians(rounds, "peer", "work", str) == "-"
    assert [times(number) for number in (38.6, 2.345, 0.0123)] == ["39", "2.35", "0.012"]


def test_memory_and_time_are_those_of_all_descendants(bench) -> None:
    from processes import memory, tree

    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(30_000_000); print(1, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == 1
        assert len(tree(process.pid)) == 2
        assert memory(process.pid) > 30
        process.communicate(b"\n")
