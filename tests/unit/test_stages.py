"""The stages of `python dev.py test`."""

from __future__ import annotations

import sys

import stages


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_each_says_how_long_it_took_and_one_that_fails_counts(capfd) -> None:
    made = stages.Stages()
    assert made.run("good", python("print('said')"))
    assert made.passed
    assert not made.run("bad", python("raise SystemExit(3)"))
    assert made.run("good again", python(""))
    assert not made.passed
    made.summarize()
    *said, times, failed = capfd.readouterr().out.splitlines()
    assert said == ["== good", "said", "== bad", "== good again"]
    assert failed == "failed: bad"
    assert [part.split(" in all: ")[-1].rpartition(" ")[0].rpartition(" ")[0] for part in times.split(", ")] == [
        "good",
        "bad",
        "good again",
    ]


def test_what_is_left_out_is_said_now_and_at_the_end(capfd) -> None:
    made = stages.Stages()
    made.leave_out("the checks of the web interface (no Node)")
    said = capfd.readouterr().out
    assert said == "left out: the checks of the web interface (no Node)\n"
    made.summarize()
    assert capfd.readouterr().out.endswith(said)
    assert made.passed


def test_times_are_for_people() -> None:
    assert [stages.duration(seconds) for seconds in (0.4, 59.4, 59.6, 754)] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "12 min 34 s",
    ]
