"""Each source of secrets, and why it cannot be read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput, NotFound, SchedulerError
from workflow_scheduler.domain.secrets import parse_source
from workflow_scheduler.secrets import sealing, sources
from workflow_scheduler.secrets.sources import SecretUnavailable, read_secret
from workflow_scheduler.secrets.store import delete_secret, note_delivery, put_secret, stored_secrets

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_kept", {})


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot encrypt."""
    monkeypatch.setattr(sealing.shutil, "which", lambda _: None)


def read(home: Path, written) -> bytes:
    return read_secret(parse_source(written), home)


def test_the_environment_wins_over_its_file(tmp_path, monkeypatch) -> None:
    (tmp_path / ".env").write_text('A="of the file"\nB=${A}!\n')
    assert read(tmp_path, "env:A") == b"of the file"
    assert read(tmp_path, "env:B") == b"of the file!"
    monkeypatch.setenv("A", "of the machine")
    assert read(tmp_path, "env:A") == b"of the machine"
    with pytest.raises(SecretUnavailable, match="C is neither in the scheduler's environment"):
        read(tmp_path, "env:C")


def test_a_file_gives_everything_but_the_end_of_its_last_line(tmp_path) -> None:
    (tmp_path / "key").write_bytes(b"line 1\nline 2\r\n")
    (tmp_path / "key").chmod(0o600)
    assert read(tmp_path, "file:key") == b"line 1\nline 2"
    assert read(tmp_path, f"file:{tmp_path / 'key'}") == b"line 1\nline 2"


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700, 0o602])
def test_a_file_that_others_can_reach_is_refused(tmp_path, mode: int) -> None:
    (tmp_path / "key").write_bytes(b"hunter2")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(SecretUnavailable, match=f"mode {mode:04o}.*chmod 600") as refused:
        read(tmp_path, "file:key")
    assert "hunter2" not in str(refused.value)
    (tmp_path / "key").chmod(0o400)
    assert read(tmp_path, "file:key") == b"hunter2"


def test_a_file_that_is_none_is_refused(tmp_path) -> None:
    with pytest.raises(SecretUnavailable, match="cannot be read"):
        read(tmp_path, "file:absent")
    (tmp_path / "large").write_bytes(b"x" * 20_000)
    (tmp_path / "large").chmod(0o600)
    with pytest.raises(SecretUnavailable, match="more than 16,384 bytes"):
        read(tmp_path, "file:large")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe", 0o600)
        with pytest.raises(SecretUnavailable, match="named pipe"):
            read(tmp_path, "file:pipe")
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "empty").chmod(0o600)
    with pytest.raises(SecretUnavailable, match="is empty"):
        read(tmp_path, "file:empty")


@pytest.mark.parametrize("name", ["db", "shop/api", "a.b-c/D_1"])
def test_the_store_keeps_what_it_was_given(tmp_path, name: str) -> None:
    value = b"\x00\xff line\n" + name.encode()
    put_secret(tmp_path, name, value)
    assert read(tmp_path, f"store:{name}") == value
    put_secret(tmp_path, name, b"another")
    assert read(tmp_path, f"store:{name}") == b"another"
    (stored,) = stored_secrets(tmp_path)
    assert (stored.name, stored.read_at) == (name, None)
    note_delivery(tmp_path, name)
    (stored,) = stored_secrets(tmp_path)
    assert stored.read_at is not None
    delete_secret(tmp_path, name)
    assert stored_secrets(tmp_path) == []
    assert list((tmp_path / "secrets").iterdir()) == []
    with pytest.raises(SecretUnavailable, match="no secret"):
        read(tmp_path, f"store:{name}")
    with pytest.raises(NotFound):
        delete_secret(tmp_path, name)


@posix_only
def test_only_the_owner_can_enter_the_store(tmp_path, plain) -> None:
    before = os.umask(0)
    try:
        assert put_secret(tmp_path, "a", b"hunter2") == "plain"
    finally:
        os.umask(before)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "a").stat().st_mode & 0o777 == 0o600
    assert read(tmp_path, "store:a") == b"hunter2"


def test_a_store_that_cannot_be_written_keeps_what_it_has(tmp_path) -> None:
    (tmp_path / "secrets").write_text("a file is in the way")
    with pytest.raises(SchedulerError, match="could not be stored"):
        put_secret(tmp_path, "a", b"x")
    (tmp_path / "secrets").unlink()
    for name, value in (("../a", b"x"), ("a", b""), ("a", b"x" * 16_385)):
        with pytest.raises(InvalidInput):
            put_secret(tmp_path, name, value)
    assert not (tmp_path / "secrets").exists()


def test_what_another_machine_encrypted_is_said(tmp_path, plain) -> None:
    (tmp_path / "secrets").mkdir()
    for how in ("systemd-creds", "dpapi", "rot13"):
        (tmp_path / "secrets" / "a").write_bytes(how.encode() + b"\nxyz")
        with pytest.raises(SecretUnavailable, match=f"encrypted \\({how}\\).*set it again"):
            read(tmp_path, "store:a")


@pytest.mark.skipif(sealing.shutil.which("systemd-creds") is None or os.geteuid() != 0, reason="systemd-creds, as root")
def test_systemd_encrypts_where_it_can(tmp_path) -> None:
    if put_secret(tmp_path, "a", b"hunter2hunter2") == "plain":
        pytest.skip("this machine has no place for systemd's key")
    assert b"hunter2" not in (tmp_path / "secrets" / "a").read_bytes()
    assert read(tmp_path, "store:a") == b"hunter2hunter2"
    sealed = (tmp_path / "secrets" / "a").read_bytes()
    (tmp_path / "secrets" / "a").write_bytes(sealed[:-9] + b"AAAAAAAA\n")
    with pytest.raises(SecretUnavailable, match="damaged"):
        read(tmp_path, "store:a")


def test_credentials_are_systemds(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretUnavailable, match="LoadCredential=db:PATH"):
        read(tmp_path, "credential:db")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(SecretUnavailable, match="cannot be read"):
        read(tmp_path, "credential:db")
    (tmp_path / "db").write_bytes(b"hunter2\n")
    assert read(tmp_path, "credential:db") == b"hunter2"


def test_a_keyring_is_asked_by_service_and_name(tmp_path, monkeypatch) -> None:
    keyring = pytest.importorskip("keyring")

    class InMemory(keyring.backend.KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            if username == "broken":
                raise keyring.errors.KeyringError("locked")
            return {("shop", "smtp"): "hunter2"}.get((service, username))

        def set_password(self, *_: str) -> None: ...

        def delete_password(self, *_: str) -> None: ...

    monkeypatch.setattr(keyring, "get_password", InMemory().get_password)
    assert read(tmp_path, "keyring:shop/smtp") == b"hunter2"
    with pytest.raises(SecretUnavailable, match="no password 'x'"):
        read(tmp_path, "keyring:shop/x")
    with pytest.raises(SecretUnavailable, match="KeyringError: locked"):
        read(tmp_path, "keyring:shop/broken")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretUnavailable, match="extra 'keyring'"):
        read(tmp_path, "keyring:shop/smtp")


def _python(code: str, **options: str) -> dict:
    return {"command": [sys.executable, "-c", code], **options}


def test_a_command_prints_the_secret(tmp_path) -> None:
    assert read(tmp_path, _python("print('hunter2')")) == b"hunter2"
    for code, words in (
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("", "printed nothing"),
        ("print('x' * 20000)", "more than 16,384 bytes"),
    ):
        with pytest.raises(SecretUnavailable, match=words):
            read(tmp_path, _python(code))
    with pytest.raises(SecretUnavailable, match="could not be started"):
        read(tmp_path, {"command": [str(tmp_path / "absent")]})


def test_a_command_that_hangs_is_killed(tmp_path) -> None:
    with pytest.raises(SecretUnavailable, match=r"stopped after 0\.2 s, its time limit"):
        read(tmp_path, _python("import time; print('hunter2', flush=True); time.sleep(600)", timeout="0.2s"))


def test_a_commands_answer_is_kept_for_as_long_as_it_says(tmp_path) -> None:
    code = "import pathlib; p = pathlib.Path('n'); p.write_text((p.read_text() if p.exists() else '') + 'x'); print(p.read_text())"
    once, kept = _python(code), _python(code, keep="1h")
    assert [read(tmp_path, once), read(tmp_path, once)] == [b"x", b"xx"]
    assert [read(tmp_path, kept), read(tmp_path, kept), read(tmp_path, once)] == [b"xxx", b"xxx", b"xxxx"]


def test_a_file_that_cannot_be_read_does_not_hide_the_other_secrets(tmp_path: Path) -> None:
    put_secret(tmp_path, "a", b"correct horse")
    (tmp_path / "secrets" / "b").write_bytes(b"x" * 100_000)
    (tmp_path / "secrets" / "c").write_bytes(b"y" * 1_000)
    assert [secret.name for secret in stored_secrets(tmp_path)] == ["a", "b", "c"]
    assert [secret.sealed for secret in stored_secrets(tmp_path)][1:] == [
        "not readable: has more than 65,536 bytes",
        "y" * 20,
    ]
