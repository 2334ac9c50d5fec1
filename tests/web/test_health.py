"""`/health` says without a sign-in whether the scheduler does its work, and no more."""

from __future__ import annotations

import threading

import pytest

from workflow_scheduler.operations.home.watchman import Finding, Trouble
from workflow_scheduler.web.health import KEPT, Health

WELL = Finding(None, "The scheduler works (pid 5).")


@pytest.mark.parametrize("trouble", list(Trouble))
def test_each_trouble_has_a_code_and_a_sentence_without_details(page, trouble: Trouble) -> None:
    page.finding = Finding(trouble, "The scheduler (pid 4711) does not work in /srv/home.")
    answer = page.stranger().get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (503, "failing", trouble.value)
    assert answer.json()["why"].endswith(".")
    assert "4711" not in answer.text
    assert "/srv" not in answer.text


def test_it_works(page) -> None:
    answer = page.stranger().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_strangers_do_not_keep_the_database_busy() -> None:
    looks: list[float] = []
    time = [0.0]
    health = Health(lambda: (looks.append(time[0]), WELL)[1], lambda: time[0])
    for _ in range(100):
        assert health() == (200, {"status": "ok"})
    time[0] = KEPT
    health()
    assert looks == [0.0, KEPT]


def test_a_look_that_takes_long_holds_up_one_who_asks() -> None:
    may_end, began, time = threading.Event(), threading.Event(), [0.0]

    def look() -> Finding:
        if time[0] > 0:
            began.set()
            may_end.wait()
            return Finding(Trouble.DATABASE, "It does not answer.")
        return WELL

    health = Health(look, lambda: time[0])
    assert health()[0] == 200
    time[0] = 10.0
    slow = threading.Thread(target=health)
    slow.start()
    began.wait()
    assert health()[0] == 200  # the last answer
    may_end.set()
    slow.join()
    assert health()[0] == 503
