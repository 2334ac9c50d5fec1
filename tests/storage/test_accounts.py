"""Who may do what, and the record of it, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from workflow_scheduler.domain.account import AuditEntry, Role, Session, Token
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.operations.access.accounts import Accounts
from workflow_scheduler.operations.access.audit import audit_list, first_broken
from workflow_scheduler.operations.access.recording import recorded
from workflow_scheduler.storage import accounts as store
from workflow_scheduler.storage import webhooks
from workflow_scheduler.storage.database import Database, Stale

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
PASSWORD = "correct horse battery"


def entry(n: int) -> AuditEntry:
    return AuditEntry(NOW + timedelta(seconds=n), "ada", "127.0.0.1", f"POST /{n}", "é\n")


def test_users_sessions_tickets_and_tokens(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add_user("ada", Role.AUTHOR, PASSWORD, NOW)
    held, session = accounts.sign_in("ada", PASSWORD, NOW)
    visitor, found = accounts.visitor_of_session(held, NOW)
    assert (visitor.name, visitor.role, found) == ("ada", Role.AUTHOR, session)
    assert accounts.visitor_of_session(held, session.expires_at) is None
    for wrong in (("ada", "wrong"), ("eve", PASSWORD), ("a" * 1000, PASSWORD), ("", "")):
        with pytest.raises(Refused, match="The name or the password is wrong"):
            accounts.sign_in(*wrong, NOW)
    accounts.change_user("ada", password=PASSWORD + "2")
    assert accounts.visitor_of_session(held, NOW) is None
    shown = accounts.add_token("ci", Role.VIEWER, "ada", NOW, days=1).token
    assert accounts.visitor_of_token(shown, NOW).role is Role.VIEWER
    assert accounts.visitor_of_token(shown, NOW + timedelta(days=1)) is None
    accounts.delete_user("ada")
    assert accounts.visitor_of_token(shown, NOW) is None
    ticket = accounts.make_ticket(NOW)
    accounts.sign_in_with_ticket(ticket, NOW)
    with pytest.raises(Refused, match="scheduler web"):
        accounts.sign_in_with_ticket(ticket, NOW)


def test_a_record_that_is_changed_or_shortened_is_noticed(database: Database) -> None:
    for n in range(4):
        recorded(database, partial(entry, n)).write(lambda db: None)
    assert [entry.action for entry in audit_list(database, 2)] == ["POST /3", "POST /2"]
    assert [entry.action for entry in audit_list(database, 9, before=3)] == ["POST /1", "POST /0"]
    assert first_broken(database) is None
    database.write(lambda db: db.run("UPDATE audit SET actor = 'eve' WHERE seq = 2"))
    assert first_broken(database).seq == 2
    database.write(lambda db: db.run("UPDATE audit SET actor = 'ada' WHERE seq = 2"))
    assert first_broken(database) is None
    database.write(lambda db: db.run("DELETE FROM audit WHERE seq = 2"))
    assert first_broken(database).seq == 3


def test_a_refused_change_leaves_no_record_and_a_failed_check_no_change(database: Database) -> None:
    def refuse(_) -> None:
        raise Refused("no")

    with pytest.raises(Refused):
        recorded(database, partial(entry, 1)).write(refuse)
    with pytest.raises(Refused):
        recorded(database, partial(entry, 1), refuse).write(
            lambda db: webhooks.seen_before(db, "k", NOW, NOW + timedelta(1))
        )
    assert audit_list(database, 9) == []
    assert database.write(lambda db: webhooks.seen_before(db, "k", NOW, NOW + timedelta(1))) is False
    assert database.write(lambda db: webhooks.seen_before(db, "k", NOW, NOW + timedelta(1))) is True


def test_the_record_is_whole_when_many_write_at_once(database: Database) -> None:
    def write(n: int) -> None:
        for k in range(5):
            recorded(database, partial(entry, 10 * n + k)).write(lambda db: None)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(audit_list(database, 99)) == 20
    assert first_broken(database) is None


def test_a_request_key_belongs_to_the_first_run(database: Database) -> None:
    later = NOW + timedelta(days=1)
    database.write(lambda db: webhooks.keep_request_key(db, "k", "r1", NOW, later))

    def second(db) -> None:
        with pytest.raises(Stale):
            webhooks.keep_request_key(db, "k", "r2", NOW, later)

    database.write(second)
    assert database.read(lambda db: webhooks.run_of_key(db, "k", NOW)) == "r1"
    assert database.read(lambda db: webhooks.run_of_key(db, "k", later)) is None


def test_what_has_expired_is_deleted_and_nothing_else(database: Database) -> None:
    hour = timedelta(hours=1)

    def work(db) -> None:
        for name, end in (("old", NOW), ("new", NOW + hour)):
            store.add_session(db, Session(name, "ada", NOW - hour, end))
            store.add_ticket(db, name, end)
            store.add_token(db, Token(name, f"key-{name}", Role.VIEWER, "ada", NOW - hour, end))
            store.add_token(
                db, Token(f"of-{name}", f"key-of-{name}", Role.VIEWER, f"token:{name}", NOW - hour, NOW + hour)
            )
        store.forget_expired(db, NOW)

    database.write(work)
    kept = {
        name: database.read(lambda db, key=key, name=name: sorted(db.column(f"SELECT {key} FROM {name}")))
        for name, key in (("sessions", "key"), ("tickets", "key"), ("tokens", "id"))
    }
    assert kept == {"sessions": ["new"], "tickets": ["new"], "tokens": ["new", "of-new"]}
