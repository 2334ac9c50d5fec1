"""Two schedulers, each in a home of its own, on one PostgreSQL database."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import soak

__all__ = ["Pair"]

# As `scheduler serve`, but soon sure that another engine is gone, and often heard of itself.
HASTY = """
import sys
import time
from workflow_scheduler.engine import recovery, wakeups
recovery.LEASE, wakeups.HEARTBEAT = 4.0, 1
from workflow_scheduler.cli.main import main
sys.argv = ["scheduler", "serve"]
main()
"""


class Pair:
    """Two homes, `first` and `second`, and what the scripts of both write into `folder`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.first, self.second = (soak.Home(folder / name, url) for name in ("first", "second"))
        for home in (self.first, self.second):
            home.folder.mkdir()

    def apply(self, definition: str, **values: object) -> None:
        file = self.folder / "definition.yaml"
        file.write_text(definition.format(folder=self.folder, **values))
        self.first.command("workflow", "apply", str(file))

    def starts(self) -> Counter[str]:
        file = self.folder / "starts"
        return Counter(file.read_text().splitlines()) if file.exists() else Counter()

    def serve_hastily(self, home: soak.Home) -> None:
        home.process = subprocess.Popen([sys.executable, "-c", HASTY], env=home.env, stderr=subprocess.DEVNULL)

    def stop_first(self) -> None:
        """Have the first stand still, between two transactions: in one it would hold locks that the second waits for."""
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        with psycopg.connect(self.url, autocommit=True) as connection:
            self.first.process.send_signal(signal.SIGSTOP)
            while connection.execute(busy).fetchone() != (0,):
                self.first.process.send_signal(signal.SIGCONT)
                time.sleep(0.02)  # to go on with it
                self.first.process.send_signal(signal.SIGSTOP)

    def run(self, run_id: str) -> dict[str, Any]:
        return self.second.command("runs", "show", run_id)
