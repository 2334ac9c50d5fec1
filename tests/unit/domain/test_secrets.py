"""References to secrets: what is accepted, and the sentence for everything else."""

from __future__ import annotations

import pytest

from workflow_scheduler.definitions.documents import load, to_plain
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.secrets import (
    Delivery,
    SecretSource,
    SecretUse,
    SourceKind,
    looks_like_password,
    parse_source,
    parse_use,
    source_text,
    variables_of,
)

WORKFLOW = """
id: w
secrets:
  DB: store:shop/db
  VAULT: {command: [vault, read], timeout: 5s, keep: 5m}
tasks:
  - {id: t, command: load, secrets: [DB, {name: VAULT, as: file}]}
"""


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("env:SHOP_DB", SecretSource(SourceKind.ENV, "SHOP_DB")),
        ("file:/etc/shop/ftp.key", SecretSource(SourceKind.FILE, "/etc/shop/ftp.key")),
        ("file: C:\\keys\\a.txt", SecretSource(SourceKind.FILE, "C:\\keys\\a.txt")),
        ("store:shop/api", SecretSource(SourceKind.STORE, "shop/api")),
        ("keyring:shop/smtp", SecretSource(SourceKind.KEYRING, "shop/smtp")),
        ("credential:db-password", SecretSource(SourceKind.CREDENTIAL, "db-password")),
        (
            {"command": ["vault", "x"], "timeout": "5s", "keep": "5m"},
            SecretSource(SourceKind.COMMAND, "vault", ("vault", "x"), 5.0, 300.0),
        ),
    ],
)
def test_a_source_is_read(written, source: SecretSource) -> None:
    assert parse_source(written) == source


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("hunter2", "a reference, not a value"),
        ("vault:x", "a reference, not a value"),
        ("command:x", "a reference, not a value"),
        ("env:", "needs a name"),
        ("env:A-B", "does not name a variable"),
        ("store:../x", "cannot be used"),
        ("store:a//b", "is empty"),
        ("store:con", "Windows device"),
        ("store:" + "x" * 201, "at most 200"),
        ("credential:a/b", "cannot be used"),
        ("keyring:smtp", "service and a name"),
        ("file:" + "x" * 5000, "at most 4,096"),
        ("file:a\0b", "needs a name"),
        ({"command": []}, "list of texts"),
        ({"command": "vault"}, "list of texts"),
        ({"command": ["a"], "timeout": 0}, "longer than 0"),
        ({"command": ["a"], "timeout": "soon"}, "timeout"),
        ({"comand": ["a"]}, "'comand' is unknown"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(written, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_source(written)


def test_a_refusal_shows_no_value() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_source("hunter2hunter2")
    assert "hunter2" not in str(refused.value)


def test_a_use_names_its_delivery() -> None:
    assert parse_use("DB") == SecretUse("DB")
    assert parse_use("KEY:file") == SecretUse("KEY", Delivery.FILE)
    assert [parse_use(text).variable for text in ("A", "A:file", "A:stdin")] == ["A", "A_FILE", ""]
    for text, words in (("A:argv", "env, file, stdin"), ("1A", "cannot be used"), ("", "cannot be used")):
        with pytest.raises(InvalidInput, match=words):
            parse_use(text)


def test_both_ways_of_writing_are_one(tmp_path) -> None:
    (document,) = load(WORKFLOW, "w.yaml")
    assert document.workflow.tasks[0].secrets == ("DB", "VAULT:file")
    plain = to_plain(document)
    assert plain["secrets"] == {
        "DB": "store:shop/db",
        "VAULT": {"command": ["vault", "read"], "timeout": "5s", "keep": "5m"},
    }
    assert plain["tasks"][0]["secrets"] == ["DB", "VAULT:file"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("[DB, ", "[DBB, ", "did you mean 'DB'"),
        ("[DB, ", "[OTHER, ", "does not have; add it"),
        ("[DB, ", "[DB, DB, ", "Two secrets of task 't' set the variable DB"),
        ("as: file", "as: argv", "not as 'argv'"),
        ("command: load,", "command: load, env: {DB: x},", "set by env and by a secret"),
        ("command: load,", "command: load, stdin: x,", "VAULT"),
        ("store:shop/db", "shop/db", "reference, not a value"),
        ("DB: store:shop/db", "A B: store:shop/db", "'A B' cannot be used"),
        ("DB: store:shop/db", "DB: store:shop/db\n  Db: env:X", "differ only in case"),
        ("DB: store:shop/db", "RUN_ID: store:shop/db", "RUN_ID"),
    ],
)
def test_mistakes_are_named_with_their_place(before: str, after: str, words: str) -> None:
    text = WORKFLOW.replace(before, after)
    if "stdin" in after:
        text = text.replace("as: file", "as: stdin")
        words = "one standard input"
    if "RUN_ID" in after:
        text = text.replace("[DB, ", "[RUN_ID, ")
        words = "set by the scheduler itself"
    with pytest.raises(InvalidInput, match=words) as refused:
        load(text, "w.yaml")
    assert str(refused.value).startswith("w.yaml:")


def test_of_a_command_lists_show_its_program_only() -> None:
    assert source_text({"command": ["vault", "token=x"]}) == "command:vault"
    assert source_text("env:A") == "env:A"


def test_variables_are_those_of_the_environment() -> None:
    assert variables_of({"A": "env:X", "B": "file:y", "C": {"command": ["z"]}, "D": 3}) == ["X"]


@pytest.mark.parametrize("name", ["DB_PASSWORD", "PASS", "api_key", "GITHUB_TOKEN", "Client_Secret", "APIKEY"])
def test_passwords_are_recognized_by_their_names(name: str) -> None:
    assert looks_like_password(name, "x1")
    assert not looks_like_password(name, "")
    assert not looks_like_password(name, "/etc/password")


@pytest.mark.parametrize("name", ["PATH", "PWD", "TOKENIZER", "MONKEY", "COMPASS", "PASSENGER"])
def test_other_variables_are_not(name: str) -> None:
    assert not looks_like_password(name, "x1")
