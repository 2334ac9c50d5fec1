"""A program of this machine, which gets the message on its standard input and in its environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from workflow_scheduler.domain.channels import CommandChannel
from workflow_scheduler.domain.message import Message
from workflow_scheduler.domain.own_secrets import OWN_SECRETS
from workflow_scheduler.system.program_tree import end_tree

from .base import DeliveryFailed
from .wording import as_json, link, safe, severity, subject

__all__ = ["send", "variables"]

_LONGEST = 1_000


def variables(message: Message) -> dict[str, str]:
    """The message's main facts, for scripts that read no JSON."""
    first = next(iter(message.alerts), None)
    found = {
        "KEY": message.key,
        "SUBJECT": safe(subject(message)),
        "SEVERITY": severity(message),
        "KINDS": ",".join(message.kinds) or ("report" if message.report else "test"),
        "COUNT": str(message.count),
        "WORKFLOW_ID": first.workflow_id if first else "",
        "RUN_ID": (first.run_id or "") if first else "",
        "REASON": safe(first.reason) if first else "",
        "LINK": link(message),
    }
    return {f"NOTIFY_{name}": value[:_LONGEST] for name, value in found.items()}


def send(channel: CommandChannel, message: Message) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in OWN_SECRETS},
        **variables(message),
    }
    try:
        process = subprocess.Popen(
            channel.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=channel.folder,
            start_new_session=sys.platform != "win32",
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        raise DeliveryFailed(f"The command {channel.command[0][:200]} cannot be started ({why}).") from None
    try:
        process.communicate(json.dumps(as_json(message), ensure_ascii=False).encode(errors="replace"), channel.timeout)
    except subprocess.TimeoutExpired:
        raise DeliveryFailed(f"The command {channel.command[0][:200]} took longer than its time limit.") from None
    finally:
        if process.poll() is None:
            end_tree(process)
    if process.returncode != 0:
        raise DeliveryFailed(f"The command {channel.command[0][:200]} ended with exit code {process.returncode}.")
