"""A message in words."""

from __future__ import annotations

from dataclasses import replace

from messages import single

from workflow_scheduler.domain.alerts import AlertKind
from workflow_scheduler.notifiers.wording import body, subject


def test_what_a_command_does_is_told() -> None:
    message = single(kind=AlertKind.LONG)
    details = replace(message.details[0], running="looks like it waits: \x1b[31mx")
    text = body(replace(message, details=(details,)))
    assert "Activity: looks like it waits: " in text
    assert "\x1b" not in text


def test_a_silent_machine_is_named() -> None:
    message = single(kind=AlertKind.WORKER_OFFLINE)
    alert = replace(message.alerts[0], workflow_id="", task_id="erp", run_id=None)
    assert subject(replace(message, alerts=(alert,))) == "Machine erp silent"
    assert "Machine:  erp" in body(replace(message, alerts=(alert,)))
    back = replace(alert, kind=AlertKind.RECOVERED)
    assert subject(replace(message, alerts=(back,))) == "Machine erp is back"


def test_an_unusual_output_file_has_words() -> None:
    assert subject(single(kind=AlertKind.UNUSUAL)) == "nightly wrote an unusual output file"
