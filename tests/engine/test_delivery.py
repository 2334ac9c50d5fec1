"""The outbox sends what waits: again for a day, one message of a channel at a time, and no channel waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from messages import single

from workflow_scheduler.domain.channels import EventLogChannel, SlackChannel
from workflow_scheduler.domain.message import Message, to_plain
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.engine import delivery
from workflow_scheduler.engine.delivery import Outbox, send_now, with_secrets
from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.secrets.store import put_secret
from workflow_scheduler.storage import deliveries as store
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.deliveries import Delivery

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PLAN = NotifyPlan({"ops": EventLogChannel(), "chat": EventLogChannel()})


class Post:
    """An outbox whose channels are the test's: `answer` sends or raises."""

    def __init__(self, database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database, self.home, self.now, self.plan = database, home, NOW, PLAN
        self.sent: list[Message] = []
        self.answer: Callable[[Message], None] = lambda message: None
        self.free = threading.Event()
        monkeypatch.setattr(delivery, "send_now", self._send)
        self.outbox = self.another()

    def another(self) -> Outbox:
        self.outbox = Outbox(
            self.database, self.home, lambda: self.plan, lambda message: message, lambda: self.now, self.free.set
        )
        return self.outbox

    def _send(self, channel: Any, message: Message, home: Path) -> None:
        self.answer(message)
        self.sent.append(message)

    def add(self, name: str, channel: str = "ops") -> None:
        new = Delivery(name, channel, "queued", self.now, self.now, 0, None, None, "", to_plain(single()))
        self.database.write(lambda db: store.add_delivery(db, new))

    def step(self) -> datetime | None:
        """Send what is due, and wait until that is done."""
        at = self.outbox.step(self.now)
        self.outbox.close(60)
        return at

    def row(self, name: str) -> Delivery:
        found = self.database.read(lambda db: store.find_delivery(db, name))
        assert found is not None
        return found


@pytest.fixture
def post(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    return Post(database, tmp_path, monkeypatch)


def refuse(message: Message) -> None:
    raise DeliveryFailed("it answers 500.")


def test_a_message_is_sent_once(post: Post) -> None:
    post.add("a")
    post.step()
    post.step()
    assert [message.key for message in post.sent] == ["a"]
    assert (post.row("a").state, post.row("a").sent_at) == ("sent", NOW)
    assert post.free.is_set()


def test_the_messages_of_a_channel_go_one_after_another(post: Post) -> None:
    for name in ("a", "b"):
        post.add(name)
    post.step()
    assert len(post.sent) == 1
    post.step()
    assert len(post.sent) == 2


def test_growing_pauses_for_a_day_and_then_no_more(post: Post) -> None:
    post.answer = refuse
    post.add("a")
    pauses = []
    while post.row("a").state == "queued":
        post.now = max(post.now, post.row("a").due_at)
        post.step()
        pauses.append((post.row("a").due_at - post.now).total_seconds())
    assert pauses[:5] == [15, 30, 60, 120, 240]
    assert max(pauses) == 7200
    assert timedelta(hours=21) < post.now - NOW <= timedelta(hours=24)
    assert (post.row("a").state, post.row("a").error) == ("failed", "it answers 500.")


def test_each_try_has_the_same_key(post: Post) -> None:
    keys = []

    def lose_the_answer(message: Message) -> None:
        keys.append(message.key)
        if len(keys) < 3:
            raise DeliveryFailed("no answer in time.")

    post.answer = lose_the_answer
    post.add("a")
    for _ in range(3):
        post.step()
        post.now = max(post.now, post.row("a").due_at)
    assert keys == ["a"] * 3


def test_what_cannot_succeed_is_not_tried_again(post: Post) -> None:
    def never(message: Message) -> None:
        raise DeliveryFailed("it answers 404.", retry=False)

    post.answer = never
    post.add("a")
    post.step()
    assert (post.row("a").state, post.row("a").tries) == ("failed", 1)


def test_a_channel_that_is_gone(post: Post) -> None:
    post.add("a", "old")
    post.step()
    assert post.row("a").error == "There is no channel 'old' any more."
    assert post.row("a").state == "queued", "notify.yaml may just be being written"
    post.now = post.row("a").due_at
    post.step()
    assert post.row("a").state == "failed"


def test_a_slow_channel_delays_no_other(post: Post) -> None:
    begun, release = threading.Event(), threading.Event()

    def hang(message: Message) -> None:
        if message.key == "slow":
            begun.set()
            release.wait(60)

    post.answer = hang
    post.add("slow", "ops")
    post.outbox.step(post.now)
    assert begun.wait(60)
    post.add("next", "ops")
    post.add("quick", "chat")
    post.outbox.step(post.now)
    thread = post.outbox._busy.get("chat")
    if thread is not None:
        thread.join(60)
    assert [message.key for message in post.sent] == ["quick"]
    release.set()
    post.outbox.close(60)
    post.step()
    assert [message.key for message in post.sent] == ["quick", "slow", "next"]


def test_what_a_killed_scheduler_had_taken_is_sent(post: Post) -> None:
    post.add("a")
    taken = post.row("a")
    post.database.write(lambda db: store.claim(db, taken, NOW, NOW + timedelta(seconds=75)))
    post.another()
    post.step()
    assert bool(post.sent) is post.database.is_sqlite
    post.now += timedelta(seconds=75)
    post.step()
    assert [message.key for message in post.sent] == ["a"]


def test_an_idle_outbox_asks_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.step()
    monkeypatch.setattr(post.database, "read", lambda *_: pytest.fail("it asked"))
    assert post.outbox.step(post.now, hinted=False) is None


def test_secrets_are_read_when_a_message_is_sent(tmp_path: Path) -> None:
    channel = SlackChannel("store:chat")
    with pytest.raises(DeliveryFailed, match="has no secret 'chat'") as error:
        send_now(channel, single(), tmp_path)
    assert error.value.retry
    put_secret(tmp_path, "chat", b"https://hooks.slack.com/services/canary\n")
    assert with_secrets(channel, tmp_path) == SlackChannel("https://hooks.slack.com/services/canary")


def test_a_mistake_of_ours_is_a_failed_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    monkeypatch.setattr(delivery, "send", lambda *_: 1 / 0)
    with pytest.raises(DeliveryFailed, match="ZeroDivisionError"):
        send_now(EventLogChannel(), single(), tmp_path)
    assert "could not be sent" in caplog.text


def test_a_channel_that_a_broken_file_hides_is_waited_for(post: Post) -> None:
    post.add("m")
    post.plan = NotifyPlan(problem="notify.yaml:1:1: …")
    post.step()
    assert post.row("m").state == "queued"
    assert "while notify.yaml has mistakes" in post.row("m").error
    post.plan = PLAN
    post.now = post.row("m").due_at
    post.step()
    assert post.row("m").state == "sent"


def test_a_channel_that_is_gone_or_corrected_is_no_trouble(post: Post) -> None:
    def never(message: Message) -> None:
        raise DeliveryFailed("it answers 404.", retry=False)

    post.answer = never
    post.add("a")
    post.step()
    assert post.outbox.failing
    post.plan = NotifyPlan({"ops": SlackChannel("https://hooks.slack.com/x")})
    assert not post.outbox.failing
    post.plan = NotifyPlan()
    assert not post.outbox.failing
