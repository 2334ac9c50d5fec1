"""How long who guesses must wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workflow_scheduler.web.throttle import FREE_TRIES, LONGEST, Throttle

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ADDRESS, NAME = ("address", "10.0.0.1"), ("name", "ada")


def test_the_first_tries_are_free_and_each_after_them_waits_twice_as_long() -> None:
    throttle = Throttle()
    waits = []
    for _ in range(FREE_TRIES + 4):
        waits.append(throttle.wait([ADDRESS], NOW))
        throttle.failed([ADDRESS], NOW)
    assert waits == [0, 0, 0, 1, 2, 4, 8]
    for _ in range(99):
        throttle.failed([ADDRESS], NOW)
    assert throttle.wait([ADDRESS], NOW) == 15 * 60 == LONGEST.total_seconds()
    assert throttle.wait([ADDRESS], NOW + LONGEST) == 0
    assert throttle.wait([ADDRESS], NOW + LONGEST - timedelta(seconds=1)) == 1


def test_the_longest_wait_counts_until_one_succeeds() -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        throttle.failed([ADDRESS, NAME], NOW)
    throttle.failed([NAME], NOW)
    assert throttle.wait([ADDRESS], NOW) == 1
    assert throttle.wait([ADDRESS, NAME], NOW) == 2
    throttle.succeeded([NAME])
    assert throttle.wait([NAME], NOW) == 0
    assert throttle.wait([ADDRESS, NAME], NOW) == 1


def test_the_longest_untouched_are_forgotten_first() -> None:
    throttle = Throttle(most_keys=2)
    for _ in range(FREE_TRIES):
        throttle.failed([ADDRESS], NOW)
    throttle.failed([NAME], NOW)
    throttle.failed([ADDRESS], NOW)
    throttle.failed([("name", "eve")], NOW)
    assert len(throttle) == 2
    assert throttle.wait([ADDRESS], NOW) == 2
