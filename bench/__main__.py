"""Measures this project as it is shipped beside the floor and its peers, in turns, and writes docs/performance.md.

`python dev.py bench [--repeat N] [--only PART] [--alone] [--smoke]`. Each figure is a median. Keep the machine quiet: two
cores share the work and its measurement. DAGU=/path/to/dagu in the environment lets Dagu take part.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import large
import latency
import lists
import memory
import messages
import page
import start
import throughput
import workers
import writes
from peer_scripts import PACKAGES, Peers
from sizes import FULL, SMOKE

from workflow_scheduler import __version__

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
PARTS: dict[str, Callable[[Peers], list[str]]] = {
    "throughput": throughput.throughput,
    "latency": latency.latency,
    "start": start.start,
    "lists": lists.lists,
    "writes": writes.writes,
    "memory": memory.memory,
    "messages": messages.messages,
    "workers": workers.workers,
    "large": large.large,
    "page": page.page,
}


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"Workflow Scheduler {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}, "
        f"{os.cpu_count()} cores of {model or platform.machine()}, SQLite."
    )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python dev.py bench", description=__doc__)
    parser.add_argument("--repeat", type=int, default=FULL.rounds, metavar="N", help="rounds of each figure")
    parser.add_argument("--only", choices=PARTS, help="measure one part, and print it without writing the page")
    parser.add_argument("--alone", action="store_true", help="leave the peers out; prints without writing the page")
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes, to see that it works; only prints")
    return parser.parse_args()


def measured(names: list[str], peers: Peers) -> list[str]:
    text = [machine(), ""]
    print("\n".join(text), flush=True)
    for name in names:
        lines = PARTS[name](peers)
        print("\n".join(lines), flush=True)
        text += [*lines, *([""] if lines[-1] else [])]
    print("\n".join(peers.notes), file=sys.stderr)
    return [*text, *(line for note in peers.notes for line in (note, ""))][:-1]


def main() -> None:
    chosen = options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends it, what it started is stopped
    sizes = SMOKE if chosen.smoke else replace(FULL, rounds=chosen.repeat)
    peers = Peers(sizes, () if chosen.alone else (*PACKAGES, "dagu"))
    with tempfile.TemporaryDirectory() as homes:
        # Everybody's, the peers' too: nothing is deleted while anybody is measured (see home.Home).
        tempfile.tempdir = os.environ["TMPDIR"] = homes
        text = measured([chosen.only] if chosen.only else list(PARTS), peers)
    if not (chosen.only or chosen.alone or chosen.smoke):
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(before + BEGIN + "\n".join([*text, ""]) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
