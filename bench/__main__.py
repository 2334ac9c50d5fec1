"""Measures this project beside the floor and its peers, in turns, and writes docs/performance.md.

`python dev.py bench [--repeat N] [--only throughput|latency|commands|idle|large|page]`. Each figure is a median. Keep the machine
quiet: two cores share the work and the one who measures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import large
import ours
import page

from workflow_scheduler import __version__

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
# Prefect's server does not start with newer ones of these two.
PEERS = {"huey": ["huey"], "luigi": ["luigi"], "prefect": ["prefect", "fastapi<0.120", "pydantic<2.12"]}


def peer(name: str) -> Path:
    """The Python of the peer's own environment, made if it is missing."""
    folder = HERE.parent / ".bench" / name
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)
        (folder / ".ready").touch()
    return python


def ask(python: Path | str, *words: str) -> dict[str, Any]:
    """The figures that a script prints, in an environment without this project."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(python), *words], env=env, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def throughput(repeat: int) -> list[str]:
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("floor", "this", *PEERS)}
    for _ in range(repeat):
        rounds["floor"].append(ask(sys.executable, str(HERE / "floor.py")))
        rounds["this"].append(ours.throughput())
        for name in PEERS:
            rounds[name].append(ask(peer(name), str(HERE / "peers" / f"{name}_peer.py")))

    def of(who: str, what: str) -> float:
        return statistics.median(one[what] for one in rounds[who])

    names = {name: f"{name.capitalize()} {rounds[name][0]['version']}" for name in PEERS}
    lines = [
        f"| work | floor | this project | {' | '.join(names.values())} | this / floor | this / Huey |",
        f"|---|---|---|{'---|' * len(names)}---|---|",
    ]
    work = {
        "chain": ("chain of 50 tasks, ms per task", lambda seconds: f"{seconds * 1000:.2f}"),
        "fan_out": ("fan-out of 200, 10 at a time, tasks/s", lambda rate: f"{rate:.0f}"),
        "burst": ("200 one-task runs at once, runs/s", lambda rate: f"{rate:.0f}"),
    }
    for what, (label, shown) in work.items():
        others = (shown(of(name, what)) if what in rounds[name][0] else "-" for name in PEERS)
        ratios = (f"{of('this', what) / of(who, what):.2f}" for who in ("floor", "huey"))
        lines.append(
            f"| {label} | {shown(of('floor', what))} | **{shown(of('this', what))}** | {' | '.join([*others, *ratios])} |"
        )
    durable = of("floor", "chain_durable") * 1000
    return [*lines, "", f"The floor of the chain with two durable SQLite commits around each spawn: {durable:.2f} ms."]


def _pairs(measure: Callable[[], tuple[float, float]], repeat: int) -> str:
    found = [measure() for _ in range(repeat)]
    return " | ".join(f"{statistics.median(column):.1f}" for column in zip(*found, strict=True))


def latency(repeat: int) -> list[str]:
    return [
        "| from … to | p50, ms | p99, ms |",
        "|---|---|---|",
        f"| due to started, 1 schedule | {_pairs(ours.one_schedule, repeat)} |",
        # Over in a moment, and so what differs most from one round to the next.
        f"| due to started, 100 schedules in the same second | {_pairs(lambda: ours.start_latency(100), 3 * repeat)} |",
        f"| due to started, 1,000 schedules in the same second | {_pairs(lambda: ours.start_latency(1000), repeat)} |",
        f"| output file closed to next task started | {_pairs(ours.output_latency, repeat)} |",
    ]


def idle(_: int) -> list[str]:
    with ours.Home().running() as one:
        memory, cpu = ours.idle(one)
    return [f"Idle, without schedules: {memory:.0f} MB of proportional memory, {cpu:.2f} s of CPU a minute."]


def sizes(_: int) -> list[str]:
    many = large.many_schedules(100_000)
    runs = large.many_runs(1_000_000)
    lines = [
        "| 100,000 schedules | |",
        "|---|---|",
        f"| apply | {many['apply']:.1f} s |",
        f"| look for the next due one | {many['wake']:.2f} ms |",
        f"| all due at once, planned | {many['plan']:.1f} s |",
        f"| eight days away, then all planned | {many['away']:.1f} s |",
        f"| idle | {many['memory']:.0f} MB, {many['cpu']:.2f} s of CPU a minute |",
        "",
        f"| 1,000,000 past runs: whole commands, ms | (`workflow list` of an empty home: {runs.pop('base'):.0f}) |",
        "|---|---|",
    ]
    return [*lines, *(f"| `{name}` | {taken:.0f} |" for name, taken in runs.items())]


def commands(repeat: int) -> list[str]:
    with ours.Home().running() as one:
        taken = {
            name: large.whole_command(name.split(), one.env, max(11, repeat)) for name in ("--help", "workflow list")
        }
    return [
        "| whole command | ms |",
        "|---|---|",
        *(f"| `scheduler {name}` | {ms:.0f} |" for name, ms in taken.items()),
    ]


PARTS: dict[str, Callable[[int], list[str]]] = {
    "throughput": throughput,
    "latency": latency,
    "commands": commands,
    "idle": idle,
    "large": sizes,
    "page": page.page,
}


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"Workflow Scheduler {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}, "
        f"{os.cpu_count()} cores of {model or platform.machine()}, SQLite."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python dev.py bench", description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, help="measure one part, and print it without writing the page")
    options = parser.parse_args()
    text = [machine(), ""]
    with tempfile.TemporaryDirectory() as homes:
        # Everybody's, the peers' too: nothing is deleted while anybody is measured (see ours.Home).
        tempfile.tempdir = os.environ["TMPDIR"] = homes
        for name, measure in PARTS.items():
            if options.only in (None, name):
                text += [*measure(options.repeat), ""]
                print("\n".join(text[-20:]), flush=True)
    if options.only is None:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(before + BEGIN + "\n".join(text) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
