"""How a machine gets in, with what rights, and out again: the real commands, roles with passwords, and TLS."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import databases
import psycopg
import pytest
from conftest import Command
from patience import PATIENCE

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.worker_token import WorkerToken, read_token, token_text
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.migrations.worker_functions import FUNCTIONS, named
from workflow_scheduler.system.crash_points import POINTS, VARIABLE
from workflow_scheduler.workers.membership import MEMBERSHIP, read_membership

pytestmark = [pytest.mark.needs("postgresql"), pytest.mark.needs("openssl")]


class Server:
    """A server with passwords and TLS at an address of its own, which a role without all rights uses."""

    def __init__(self, cluster: str, folder: Path) -> None:
        self.root = databases.root_of(cluster)
        self.cluster = cluster
        self.address = ".".join(["127", *(str(random.randint(1, 254)) for _ in range(3))])
        self._certificates = 0
        self.show_certificate(self.address)
        databases.execute(cluster, "CREATE ROLE boss LOGIN CREATEROLE")
        databases.execute(cluster, "CREATE DATABASE empty OWNER boss")
        migrated = Database(self.url.replace("work", "empty"), folder)
        migrated.open()
        migrated.close()

    def renew(self) -> None:
        """As if no test had used it yet."""
        if self._certificates > 1:
            self.show_certificate(self.address)
            self._certificates = 1
        for (name,) in self.ask("SELECT datname FROM pg_database WHERE datname IN ('work', 'second')", "postgres"):
            databases.execute(self.cluster, f"DROP DATABASE {name} WITH (FORCE)")
        made = "SELECT rolname FROM pg_roles WHERE rolname NOT IN ('tester', 'boss') AND rolname NOT LIKE 'pg\\_%'"
        for (name,) in self.ask(made, "postgres"):
            databases.execute(self.cluster, f"DROP ROLE {name}")
        databases.execute(self.cluster, "ALTER ROLE boss CREATEROLE PASSWORD NULL")
        databases.execute(self.cluster, "CREATE DATABASE work OWNER boss TEMPLATE empty")

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def url(self) -> str:
        return f"postgresql://boss@/work?host={self.root}"

    def show_certificate(self, name: str, *, authority: Path | None = None) -> None:
        """Start again with a new certificate, which `authority` signed, or the server itself."""
        self._certificates += 1
        shape = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=worker test")
        names = f"subjectAltName=IP:{name}" if name[0].isdigit() else f"subjectAltName=DNS:{name}"
        signed = () if authority is None else ("-CA", f"{authority}/ca.crt", "-CAkey", f"{authority}/ca.key")
        files = ("-keyout", str(self.data / "server.key"), "-out", str(self.data / "server.crt"))
        command = ["openssl", "req", "-x509", *shape, "-addext", names, *signed, *files]
        subprocess.run(command, check=True, capture_output=True)
        for file in ("server.key", "server.crt"):
            shutil.chown(self.data / file, self.data.owner())
            (self.data / file).chmod(0o600)
        (self.data / "postgresql.auto.conf").write_text(f"listen_addresses='{self.address}'\nssl=on\n")
        rules = (
            "local all tester trust",
            "local all boss trust",
            "local all all scram-sha-256",
            "hostssl all all 127.0.0.0/8 scram-sha-256",
        )
        (self.data / "pg_hba.conf").write_text("\n".join(rules) + "\n")
        databases.restart(self.cluster)

    def ask(self, query: str, database: str = "work") -> list[Any]:
        with psycopg.connect(self.cluster.format(name=database), autocommit=True) as connection:
            cursor = connection.execute(query)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with databases.cluster() as cluster:
        yield Server(cluster, tmp_path_factory.mktemp("machine"))


@pytest.fixture
def server(machine: Server) -> Server:
    machine.renew()
    return machine


@pytest.fixture
def boss(server: Server, scheduler: Command) -> Command:
    """The scheduler's own machine."""
    (scheduler.home / ".env").write_text(f"DB_URL={server.url}\n")
    scheduler("workflow", "create", "w")
    return scheduler


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Command]:
    """The other machine, and the worker that a test starts there."""
    home = tmp_path / "other"
    home.mkdir()
    command = Command(home)
    yield command
    command("worker", "stop", code=None)


def invite(boss: Command, server: Server, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = boss.json("worker", "invite", "--address", server.address, *words)
    return found


def start(other: Command, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workflow_scheduler", "worker", "start", "--json", *words]
    process = subprocess.Popen(
        command, env=other.env, cwd=other.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline() or "{}").get("running"), process.communicate()
    return process


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=PATIENCE)
    return process.returncode


def test_a_second_machine_in_two_commands(
    boss: Command, other: Command, server: Server, until: Callable[..., Any]
) -> None:
    said = boss("worker", "invite", "--address", server.address, "--labels", "windows, sap", "--slots", "3")
    line = said.stdout.strip()
    assert line.startswith("scheduler worker join wsw1_")
    assert len(said.stdout.splitlines()) == 1
    assert boss.json("workers", "list")[0]["state"] == "invited"
    done = other(*line.split()[1:])
    assert "scheduler worker start" in done.stdout
    assert "scheduler worker install" in done.stdout
    assert "not encrypted" not in done.stderr
    assert (other.home / MEMBERSHIP).stat().st_mode & 0o777 == 0o600
    assert other.json("workers", "doctor", code=4)[3]["advice"] == "scheduler worker start"
    process = start(other)
    shown = until(lambda: [one for one in boss.json("workers", "list") if one["state"] == "active"])[0]
    assert (shown["name"], shown["labels"], shown["slots"], shown["host"]) == (
        "worker_1",
        ["windows", "sap"],
        3,
        os.uname().nodename,
    )
    assert "worker_1" in boss("workers", "list").stdout
    assert "windows, sap" in boss("workers", "show", "worker_1").stdout
    assert {one["state"] for one in other.json("workers", "doctor")} == {"ok"}
    assert {one["state"] for one in boss.json("workers", "doctor")} == {"ok"}
    other("worker", "stop")
    assert ended(process) == 0


def test_a_worker_is_started_with_a_part_of_what_it_has(
    boss: Command, other: Command, server: Server, until: Callable[..., Any]
) -> None:
    token = invite(boss, server, "--labels", "windows,sap", "--slots", "3")["token"]
    other("worker", "join", token)
    refused = other("worker", "start", "--labels", "sap,oracle", code=4).stderr
    assert "has the labels windows, sap, and not oracle" in refused
    assert "scheduler workers edit worker_1 --labels windows,sap,oracle" in refused
    refused = other("worker", "start", "--slots", "4", code=4).stderr
    assert "has 3 slots, and not 4" in refused
    assert "scheduler workers edit worker_1 --slots 4" in refused
    assert "cannot have 0 slots" in other("worker", "start", "--slots", "0", code=2).stderr
    assert "label" in other("worker", "start", "--labels", "a b", code=2).stderr
    assert boss.json("workers", "list")[0]["heartbeat_at"] is None
    process = start(other, "--labels", "sap", "--slots", "1")
    shown = until(lambda: [one for one in boss.json("workers", "list") if one["state"] == "active"])[0]
    assert (shown["labels"], shown["slots"]) == (["windows", "sap"], 3)
    assert shown["started_with"] == {"labels": ["sap"], "slots": 1}
    assert "windows" not in boss("workers", "list").stdout
    assert "labels sap; 1 of its 3 slots" in boss("workers", "show", "worker_1").stdout
    boss("workers", "edit", "worker_1", "--labels", "windows")
    assert boss.json("workers", "show", "worker_1")["started_with"] == {"labels": [], "slots": 1}
    other("worker", "stop")
    assert ended(process) == 0
    again = start(other)
    until(lambda: boss.json("workers", "show", "worker_1")["started_with"] is None)
    other("worker", "stop")
    assert ended(again) == 0


def test_an_invitation_works_once(boss: Command, other: Command, server: Server, tmp_path: Path) -> None:
    token = invite(boss, server)["token"]
    other("worker", "join", token)
    third = Command(tmp_path / "third")
    third.home.mkdir()
    assert "was used already" in third("worker", "join", token, code=4).stderr
    assert not (third.home / MEMBERSHIP).exists()
    assert "is the home of the worker worker_1 already" in other("worker", "join", token, code=4).stderr


def test_two_that_join_at_once_with_one_invitation(boss: Command, server: Server, tmp_path: Path) -> None:
    token = invite(boss, server)["token"]
    machines = [Command(tmp_path / name) for name in ("m1", "m2", "m3")]
    for machine in machines:
        machine.home.mkdir()
    command = [sys.executable, "-m", "workflow_scheduler", "worker", "join", token]
    running = [
        subprocess.Popen(
            command, env=machine.env, cwd=machine.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for machine in machines
    ]
    said = [process.communicate(timeout=PATIENCE)[1] for process in running]
    assert sorted(process.returncode for process in running) == [0, 4, 4], said
    assert [(machine.home / MEMBERSHIP).exists() for machine in machines].count(True) == 1


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("join.")])
def test_a_machine_that_is_killed_while_it_joins(boss: Command, other: Command, server: Server, point: str) -> None:
    """Either it has joined, or the same line works again."""
    token = invite(boss, server)["token"]
    other.env[VARIABLE] = point
    other("worker", "join", token, code=-signal.SIGKILL)
    del other.env[VARIABLE]
    again = other("worker", "join", token, code=0 if point == "join.before_used" else 4).stderr
    assert ("is the home of the worker worker_1 already" in again) == (point == "join.used")
    worker_connection(other).close()


def test_an_invitation_expires(boss: Command, other: Command, server: Server) -> None:
    made = invite(boss, server, "--name", "late")
    role = urlsplit(read_token(made["token"]).url).username
    server.ask(f"ALTER ROLE {role} VALID UNTIL '2020-01-01'")
    assert "has expired" in other("worker", "join", made["token"], code=4).stderr
    server.ask(f"ALTER ROLE {role} VALID UNTIL 'infinity'")
    server.ask("UPDATE workers SET expires_at = '2020-01-01'")
    assert "has expired" in other("worker", "join", made["token"], code=4).stderr
    assert boss.json("workers", "list")[0]["state"] == "expired"
    old = read_token(made["token"])
    stale = token_text(WorkerToken(old.name, old.url, old.expires_at.replace(year=2020), old.fingerprint))
    assert "expired at 2020" in other("worker", "join", stale, code=4).stderr
    again = invite(boss, server, "--name", "late")
    other("worker", "join", again["token"])
    assert server.ask(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'") == []


@pytest.mark.parametrize("token", ["x", "wsw1_", "wsw1_e30", "wsw1_!!", "wsw1_" + "A" * 50])
def test_what_is_no_token_is_one_sentence(other: Command, token: str) -> None:
    said = other("worker", "join", token, code=2).stderr
    assert "not the token of an invitation" in said
    assert len(said.splitlines()) == 1


def test_the_password_of_the_invitation_is_replaced(boss: Command, other: Command, server: Server) -> None:
    made = invite(boss, server)
    before = dict(parse_qsl(urlsplit(read_token(made["token"]).url).query))
    other("worker", "join", made["token"])
    member = urlsplit(read_membership(other.home).url)
    assert before["host"] == server.address
    first = urlsplit(read_token(made["token"]).url).password
    assert member.password != first
    assert first not in "".join((other.home / name).read_text() for name in (MEMBERSHIP, "server.crt"))
    for password, fits in ((first, False), (member.password, True)):
        options = {"host": server.address, "user": member.username, "password": password, "dbname": "work"}
        try:
            psycopg.connect(**options).close()
        except psycopg.OperationalError:
            assert not fits
        else:
            assert fits


def worker_connection(other: Command) -> psycopg.Connection[Any]:
    from workflow_scheduler.storage.address import read_address

    options = read_address(read_membership(other.home).url, other.home).options
    return psycopg.connect(autocommit=True, **options)


def test_a_worker_may_call_its_functions_and_nothing_else(boss: Command, other: Command, server: Server) -> None:
    """Walks everything there is in the schema."""
    other("worker", "join", invite(boss, server)["token"])
    tables = server.ask(
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')"
    )
    assert len(tables) > 40
    functions = {
        row[0] for row in server.ask("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    }
    allowed = {named(function) for function in FUNCTIONS} - {"worker_me"}
    assert allowed < functions | {"worker_me"}
    server.ask("CREATE FUNCTION other_one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    server.ask("REVOKE ALL ON FUNCTION other_one FROM PUBLIC")
    with worker_connection(other) as driver:
        for table, kind in tables:
            rights = (
                ("SELECT", "USAGE", "UPDATE")
                if kind == "S"
                else ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            )
            check = "has_sequence_privilege" if kind == "S" else "has_table_privilege"
            for right in rights:
                row = driver.execute(f"SELECT {check}('{table}', '{right}')").fetchone()
                assert row == (False,), (table, right)
        calls = driver.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE')"
        ).fetchall()
        assert {row[0] for row in calls} == allowed
        for forbidden in (
            "SELECT * FROM users",
            "SELECT spec FROM assignments",
            "SELECT worker_me('x')",
            "SELECT other_one()",
            "CREATE TABLE t (i int)",
            "CREATE FUNCTION format(text, text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
            "CREATE ROLE another",
            "SET ROLE boss",
            "SELECT pg_read_file('postgresql.conf')",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "ALTER ROLE boss PASSWORD 'x'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                driver.execute(forbidden)


def test_a_worker_reads_only_its_own_assignments(boss: Command, other: Command, server: Server, tmp_path: Path) -> None:
    other("worker", "join", invite(boss, server)["token"])
    second = Command(tmp_path / "second")
    second.home.mkdir()
    second("worker", "join", invite(boss, server)["token"])
    key = AttemptKey("r", "a", 1)
    server.ask(
        "INSERT INTO assignments (run_id, task_id, number, state, worker, place, spec, created_at) "
        "VALUES ('r', 'a', 1, 'offered', 'worker_2', '{}', '{\"secret\": 1}', now())"
    )
    hello = "SELECT worker_hello('i', 'h', '{}', '1', 1)"
    with worker_connection(other) as driver:
        driver.execute(hello)
        assert driver.execute("SELECT * FROM worker_claim('i', 'h', 10)").fetchall() == []
        assert driver.execute("SELECT * FROM worker_held('i', 'h')").fetchall() == []
        driver.execute(f"SELECT worker_seen('i', '{key.run_id}', '{key.task_id}', 1, '{{}}')")
    with worker_connection(second) as driver:
        driver.execute(hello)
        assert len(driver.execute("SELECT * FROM worker_claim('i', 'h', 10)").fetchall()) == 1
    assert server.ask("SELECT seen FROM assignments") == [(None,)]


def test_two_databases_of_a_cluster_have_workers_of_one_name(
    boss: Command, other: Command, server: Server, tmp_path: Path
) -> None:
    server.ask("CREATE DATABASE second OWNER boss", "postgres")
    home = tmp_path / "boss2"
    home.mkdir()
    second = Command(home)
    (home / ".env").write_text(f"DB_URL={server.url.replace('/work', '/second')}\n")
    second("workflow", "create", "w")
    name = "w" * 50
    made = [invite(command, server, "--name", name) for command in (boss, second)]
    roles = {urlsplit(read_token(one["token"]).url).username for one in made}
    assert len(roles) == 2
    assert max(len(role or "") for role in roles) <= 63
    other("worker", "join", made[0]["token"])
    third = Command(tmp_path / "third")
    third.home.mkdir()
    third("worker", "join", made[1]["token"])
    boss("workers", "remove", name, "--yes")
    assert second.json("workers", "show", name)["name"] == name


def test_the_certificate_of_the_server_is_pinned(boss: Command, other: Command, server: Server) -> None:
    made = invite(boss, server)
    assert other.json("worker", "join", made["token"])["connection"] == "pinned"
    worker_connection(other).close()
    server.show_certificate(server.address)
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        worker_connection(other)
    said = other.json("workers", "doctor", code=4)
    assert any(one["about"] == "database" and "certificate" in one["words"] for one in said)


def test_another_server_than_the_one_of_the_invitation_is_refused(
    boss: Command, other: Command, server: Server
) -> None:
    token = invite(boss, server)["token"]
    server.show_certificate(server.address)
    assert "another certificate" in other("worker", "join", token, code=4).stderr
    assert not (other.home / MEMBERSHIP).exists()


def test_the_authority_of_the_scheduler_goes_along(
    boss: Command, other: Command, server: Server, tmp_path: Path
) -> None:
    shape = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=our authority")
    files = ("-keyout", str(tmp_path / "ca.key"), "-out", str(tmp_path / "ca.crt"))
    subprocess.run(["openssl", "req", *shape, *files], check=True, capture_output=True)
    server.show_certificate(server.address, authority=tmp_path)
    token = invite(boss, server)["token"]
    assert "does not know" in other("worker", "join", token, code=4).stderr
    (boss.home / ".env").write_text(f"DB_URL={server.url}&sslrootcert={tmp_path / 'ca.crt'}\n")
    boss("workers", "remove", "worker_1", "--yes")
    token = invite(boss, server)["token"]
    assert other.json("worker", "join", token)["connection"] == "verified"
    server.show_certificate(server.address, authority=tmp_path)
    worker_connection(other).close()  # a new one of the same authority
    server.show_certificate("elsewhere.example", authority=tmp_path)
    with pytest.raises(psycopg.OperationalError, match="does not match"):
        worker_connection(other)


def test_who_may_not_make_roles_is_told_what_to_do(boss: Command, server: Server) -> None:
    server.ask("ALTER ROLE boss NOCREATEROLE")
    said = boss("worker", "invite", "--address", server.address, code=4).stderr
    assert "ALTER ROLE boss CREATEROLE" in said
    assert any("ALTER ROLE boss CREATEROLE" in one["advice"] for one in boss.json("workers", "doctor"))
    server.ask("ALTER ROLE boss CREATEROLE")
    server.ask("GRANT CREATE ON SCHEMA public TO PUBLIC")
    said = boss("worker", "invite", "--address", server.address, code=4).stderr
    assert "REVOKE CREATE ON SCHEMA public FROM PUBLIC" in said
    server.ask("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    server.ask("CREATE ROLE assistant LOGIN CREATEROLE IN ROLE boss")
    server.ask("REVOKE CONNECT ON DATABASE work FROM PUBLIC")
    invite(boss, server)


def test_an_address_that_others_do_not_find_is_refused(boss: Command, server: Server) -> None:
    assert "--address HOST[:PORT]" in boss("worker", "invite", code=4).stderr
    assert "is invalid" in boss("worker", "invite", "--address", "a b", code=2).stderr
    made = boss("worker", "invite", "--address", "127.0.0.1:1")
    assert "does not answer from here" in made.stderr
    assert read_token(made.stdout.split()[-1]).fingerprint == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", "a b"), "cannot be used"),
        (("--name", "x" * 51), "at most 50"),
        (("--labels", "a,b c"), "cannot be used"),
        (("--slots", "0"), "from 1 to 1000"),
        (("--expires", "soon"), "is invalid"),
    ],
)
def test_what_an_invitation_cannot_have(boss: Command, server: Server, words: tuple[str, ...], said: str) -> None:
    assert said in boss("worker", "invite", "--address", server.address, *words, code=2).stderr
    assert boss.json("workers", "list") == []


def test_a_name_is_one_machines(boss: Command, other: Command, server: Server) -> None:
    other("worker", "join", invite(boss, server, "--name", "win")["token"])
    said = boss("worker", "invite", "--address", server.address, "--name", "win", code=4).stderr
    assert "already" in said
    assert "scheduler workers remove win" in said


def test_workers_are_drained_edited_and_removed(
    boss: Command, other: Command, server: Server, until: Callable[..., Any]
) -> None:
    other("worker", "join", invite(boss, server)["token"])
    process = start(other)
    boss("workers", "drain", "worker_1")
    assert boss.json("workers", "show", "worker_1")["state"] == "draining"
    assert "is draining" in boss("workers", "drain", "worker_1", code=4).stderr
    boss("workers", "resume", "worker_1")
    assert "not draining" in boss("workers", "resume", "worker_1", code=4).stderr
    boss("workers", "edit", "worker_1", "--labels", "a,b", "--slots", "9")
    shown = boss.json("workers", "show", "worker_1")
    assert (shown["labels"], shown["slots"]) == (["a", "b"], 9)
    boss("workers", "edit", "worker_1", "--labels", "")
    assert boss.json("workers", "show", "worker_1")["labels"] == []
    boss("workers", "edit", "worker_1", code=2)
    server.ask(
        "INSERT INTO assignments (run_id, task_id, number, state, worker, place, spec, created_at, claimed_by) "
        "VALUES ('r', 'a', 1, 'claimed', 'worker_1', '{}', '{}', now(), 'x')"
    )
    role = boss.json("workers", "show", "worker_1")["role"]
    assert boss.json("workers", "show", "worker_1")["running"][0]["task"] == "a"
    assert "1 attempt running" in boss("workers", "remove", "worker_1", "--yes", code=4).stderr
    assert boss.json("workers", "remove", "worker_1", "--yes", "--force") == {
        "name": "worker_1",
        "removed": True,
        "given_up": 1,
        "role_dropped": True,
    }
    assert server.ask("SELECT state FROM assignments") == [("fenced",)]
    assert server.ask(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'") == []
    assert ended(process) == 4
    assert "There is no worker 'worker_1'" in boss("workers", "show", "worker_1", code=3).stderr
    audited = [one["action"] for one in boss.json("audit")["entries"]]
    assert {"scheduler worker invite", "scheduler workers remove", "scheduler workers drain"} <= set(audited)


def test_the_tab_key_offers_workers(boss: Command, server: Server) -> None:
    invite(boss, server, "--name", "win-erp")
    boss.env |= {"_SCHEDULER_COMPLETE": "bash_complete", "COMP_WORDS": "scheduler workers show w", "COMP_CWORD": "3"}
    assert boss().stdout.splitlines() == ["plain,win-erp"]


def test_a_role_that_owns_something_is_kept_out(boss: Command, other: Command, server: Server) -> None:
    other("worker", "join", invite(boss, server)["token"])
    with worker_connection(other) as driver:
        driver.execute("SELECT lo_create(0)")
    done = boss.json("workers", "remove", "worker_1", "--yes")
    assert done["role_dropped"] is False
    with pytest.raises(psycopg.OperationalError, match=r"not permitted to log in|authentication failed"):
        worker_connection(other)


def test_workers_need_postgresql(scheduler: Command) -> None:
    scheduler("workflow", "create", "w")
    assert "need PostgreSQL" in scheduler("worker", "invite", code=4).stderr
    assert scheduler.json("workers", "list") == []
    assert "No workers in" in scheduler("workers", "list").stdout
    assert scheduler.json("workers", "doctor")[0]["state"] == "ok"


def test_the_home_of_a_scheduler_does_not_become_a_workers(boss: Command, server: Server) -> None:
    token = invite(boss, server)["token"]
    (boss.home / "engine.lock").touch()
    assert "is the home of a scheduler" in boss("worker", "join", token, code=4).stderr


def test_the_home_of_a_worker_does_not_become_a_schedulers(boss: Command, other: Command, server: Server) -> None:
    other("worker", "join", invite(boss, server)["token"])
    for words in (["start"], ["workflow", "create", "w"], ["workers", "list"], ["serve"]):
        assert "is the home of a worker" in other(*words, code=4).stderr
    assert not (other.home / "jobs.sqlite").exists()


def test_the_service_runs_the_worker(boss: Command, other: Command, server: Server) -> None:
    other("worker", "join", invite(boss, server)["token"])
    unit = other.json("worker", "install", "--user", "--print")
    assert re.search(r'ExecStart=.*"worker" "start"\n', unit["definition"])
    assert unit["name"].endswith("-worker")
    assert "worker of" in unit["definition"]
    process = subprocess.Popen(
        [sys.executable, "-m", "workflow_scheduler", "--home", str(other.home), "worker", "start"],
        env=other.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "is running" in process.stdout.readline()
    process.terminate()
    process.communicate()
    assert "is not the home of a worker" in boss("worker", "install", "--print", code=3).stderr


def test_a_workers_home_keeps_secrets_without_a_database(boss: Command, other: Command, server: Server) -> None:
    other("worker", "join", invite(boss, server)["token"])
    other("secret", "set", "shop/api", text="only-here-1234")
    assert [one["reference"] for one in other.json("secret", "list")] == ["store:shop/api"]
    assert other.json("secret", "test", "shop/api")["bytes"] == 14
    other("secret", "delete", "shop/api", "--yes")
    assert other.json("secret", "list") == []
    assert not (other.home / "jobs.sqlite").exists()
