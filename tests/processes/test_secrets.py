"""What a command with secrets receives, and what is left of them."""

from __future__ import annotations

import base64
import os
import sys
from dataclasses import replace
from pathlib import Path

from workflow_scheduler.domain.run import AttemptState

CANARY = "canary-7f3a9b'x y"
KEY = "-----BEGIN-----\nMIIEpQIBAAKCAQEA7w\n-----END-----\n"
SHOW = (
    "import base64, os, sys; name = os.environ['KEY_FILE']; key = open(name, newline='').read(); "
    "open('copy', 'w', newline='').write('|'.join([os.environ['PASSWORD'], key, sys.stdin.read(), oct(os.stat(name).st_mode)[-3:]])); "
    "print(os.environ['PASSWORD'], key, base64.b64encode(key.encode()).decode(), file=sys.stderr); print('end')"
)


def secrets(**deliveries: str) -> list[dict[str, str]]:
    values = {"PASSWORD": CANARY, "KEY": KEY, "PIN": "123456"}
    return [{"name": name, "delivery": how, "value": values[name]} for name, how in deliveries.items()]


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_each_way_of_delivery(keepers, tmp_path: Path) -> None:
    order = keepers.python(SHOW, secrets=secrets(PASSWORD="env", KEY="file", PIN="stdin"))
    record = keepers.run(order)
    assert record["exit_code"] == 0, keepers.output(order, "stderr")
    password, key, pin, mode = (tmp_path / "copy").read_bytes().decode().split("|")
    assert (password, key, pin) == (CANARY, KEY, "123456")
    if sys.platform != "win32":
        assert mode == "600"
    assert not list(Path(order.folder).glob("*.secret"))
    shown = keepers.output(order, "stderr").decode()
    assert "•••PASSWORD•••" in shown
    assert "•••KEY•••" in shown
    for canary in (CANARY, "MIIEpQ", base64.b64encode(KEY.encode()).decode()[4:-4]):
        assert canary.encode() not in everything(Path(order.folder))
    assert record["stderr_bytes"] == (Path(order.folder) / "stderr.log").stat().st_size


def test_the_next_command_of_a_keeper_has_none_of_them(keepers) -> None:
    first = keepers.python("", secrets=secrets(PASSWORD="env", KEY="file"))
    keepers.run(first)
    second = keepers.python("import os; print(sorted(name for name in os.environ if 'PASS' in name or 'KEY' in name))")
    keepers.run(second)
    assert keepers.output(second).strip() == b"[]"


def test_a_secret_that_is_written_in_two_pieces_is_masked(keepers) -> None:
    code = (
        "import os, sys, time; value = os.environ['PASSWORD']\n"
        "for part in (value[:4], value[4:9], value[9:], '\\n', value[:6]): sys.stdout.write(part); sys.stdout.flush(); time.sleep(0.05)"
    )
    order = keepers.python(code, secrets=secrets(PASSWORD="env"))
    keepers.run(order)
    assert keepers.output(order).decode().splitlines() == ["•••PASSWORD•••", CANARY[:6]]


def test_variables_of_the_machine_can_be_left_out(keepers) -> None:
    os.environ["OF_THE_MACHINE"] = "1"
    try:
        order = keepers.python("import os; print('OF_THE_MACHINE' in os.environ)", without=["PATHX", "OF_THE_MACHINE"])
        keepers.pool._env["OF_THE_MACHINE"] = "1"
        keepers.run(order)
        assert keepers.output(order).strip() == b"False"
        order = keepers.python("import os; print('OF_THE_MACHINE' in os.environ)")
        keepers.run(order)
        assert keepers.output(order).strip() == b"True"
    finally:
        del os.environ["OF_THE_MACHINE"]


def test_a_command_that_cannot_be_started_leaves_no_file(keepers) -> None:
    order = keepers.order("/nowhere/at/all", secrets=secrets(KEY="file"))
    assert keepers.run(order)["how"] == "not_started"
    assert not list(Path(order.folder).glob("*.secret"))


def test_a_secret_that_is_not_there_is_a_failed_attempt(executing, tmp_path: Path) -> None:
    spec = executing.spec("print(1)", secrets=("DB",))
    executing.executor.launch(replace(spec, secrets={"DB": "file:absent"}))
    outcome = executing.outcome()
    assert outcome.state is AttemptState.FAILED
    assert outcome.reason.startswith("the secret DB is not available: The secret file")
    executing.executor.launch(replace(executing.spec("", 2, secrets=("DB",)), secrets={}))
    assert executing.outcome().state is AttemptState.FAILED
    (tmp_path / "zero").write_bytes(b"a\0b")
    (tmp_path / "zero").chmod(0o600)
    executing.executor.launch(replace(executing.spec("", 3, secrets=("DB",)), secrets={"DB": "file:zero"}))
    assert "NUL byte, which no variable can have; write it as DB:file" in executing.outcome().reason


def test_the_next_engine_deletes_what_a_killed_keeper_left(executing, tmp_path: Path, until) -> None:
    import psutil

    (tmp_path / "key").write_text("canary-canary")
    (tmp_path / "key").chmod(0o600)
    spec = executing.spec("import time; open('began', 'w'); time.sleep(600)", secrets=("KEY:file",))
    spec = replace(spec, secrets={"KEY": "file:key"})
    executing.executor.launch(spec)
    until((tmp_path / "began").exists)
    left = tmp_path / "attempts" / "r" / "t.1" / "KEY.secret"
    assert left.read_text() == "canary-canary"
    started = executing.started()
    executing.executor.close()
    psutil.Process(started.pid).parent().kill()
    later = executing.later()
    later.executor.adopt([spec])
    assert later.outcome().state is AttemptState.UNKNOWN
    assert not left.exists()
    later.executor.close()
