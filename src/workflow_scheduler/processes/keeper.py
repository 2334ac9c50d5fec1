"""The keeper: starts one command at a time, keeps its output, and records its exit. It outlives its engine.

It imports next to nothing, because the first task waits for it to start.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
import time
from collections import deque
from typing import Any

from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.system.regular_file import write_text

from .identity import identity_of, own_identity
from .keeper_protocol import Channel, NotNow, now_text
from .lease import Lease
from .start_file import Claim, claim, make_folder, sync

if sys.platform == "win32":
    from .launch_windows import Child, prepare, wait_for_order
else:
    from .launch_posix import Child, prepare, wait_for_order

__all__ = ["main"]

_identity = functools.cache(own_identity)


def main(idle_seconds: float = 60.0) -> None:
    """Serve orders until the engine closes the pipe, or no order came for `idle_seconds`."""
    channel = Channel()
    prepare(channel)
    gc.freeze()  # loaded objects stay and need not be collected
    told: deque[str] = deque(maxlen=64)  # more than an engine has claimed ahead
    while wait_for_order(channel, idle_seconds) and channel.orders:
        order = channel.orders.pop(0)
        told.append(order["folder"])
        if _serve(order, channel):
            break
    # What the engine commits is safe already. Without an engine, the records must last through a power cut by themselves:
    # the newest, and those before it that the engine was told of and perhaps did not commit.
    for folder in told:
        sync(folder)


def _serve(order: dict[str, Any], channel: Channel) -> bool:
    """Run one order. True if this keeper must retire because the command left processes behind."""
    key, folder = order["key"], order["folder"]
    crash_point("keeper.before_start")
    lease = Lease(order)
    if lease.over():
        channel.say(
            {
                "not_launched": key,
                "reason": "the database has not answered this machine for too long, as far as is noted",
            }
        )
        return False
    started_at = now_text()
    try:
        make_folder(folder)
        held = claim(folder, {"keeper": _identity(), "at": started_at, "notes": order["notes"]})
    except OSError as error:
        channel.say({"not_launched": key, "reason": f"the attempt's folder cannot be written: {error}"})
        return False
    if held is None:
        channel.say({"refused": key})
        return False
    crash_point("keeper.after_start")
    try:
        for name, text in order["files"].items():
            write_text(os.path.join(folder, name), text)
        if order.get("secrets"):
            from .secret_delivery import deliver  # noqa: PLC0415  most commands have none

            deliver(order)
        child = Child(order, lease)
    except (NotNow, OSError) as error:
        _withdraw(order)
        held.undo()
        channel.say({"not_launched": key, "reason": str(error)})
        return False
    except LookupError as error:
        _withdraw(order)
        ended = {"exit_code": None, "started_at": started_at, "finished_at": now_text()}
        record = {"how": "not_started", "reason": str(error.args[0]), **ended}
        _end(channel, held, {"exited": key, "record": record, "retired": False})
        return False
    crash_point("keeper.after_spawn")
    start: dict[str, Any] = {"pid": child.pid, "at": started_at}

    def lasts() -> None:
        with contextlib.suppress(OSError):  # a full disk: the record must do without
            held.add({"child": identity_of(child.pid) or {"pid": child.pid}})
        channel.say({"started": key, **start})
        start.clear()

    record = {**child.attend(channel, lasts), "started_at": started_at}
    _withdraw(order)
    retired = bool(child.background)
    _end(channel, held, {"exited": key, "record": record, "retired": retired, **start})
    if retired:
        sync(folder)
        child.linger()
    child.close()
    return retired


def _withdraw(order: dict[str, Any]) -> None:
    if files := [secret["name"] for secret in order.get("secrets", ()) if secret["delivery"] == "file"]:
        from .secret_delivery import withdraw  # noqa: PLC0415

        withdraw(order["folder"], files)


def _end(channel: Channel, held: Claim, notice: dict[str, Any]) -> None:
    """Record the exit, waiting while the disk is full, and notify the engine."""
    crash_point("keeper.before_exit_record")
    while True:
        try:
            held.add({"exit": notice["record"]})
            break
        except OSError:
            time.sleep(1)  # a full disk: the lock is held, and the record written as soon as there is room
    crash_point("keeper.after_exit_record")
    channel.say(notice)
    held.release()
