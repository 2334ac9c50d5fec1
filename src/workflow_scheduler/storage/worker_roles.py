"""The roles of workers in PostgreSQL: each may call the functions for workers, and nothing else.

Roles are of a whole cluster, and databases are not: a role's name is its own, whatever other databases have.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from .migrations.worker_functions import FUNCTIONS, named
from .sql import Connection

__all__ = ["CALLED", "drop_role", "lacking", "make_role", "new_role_name", "verifier_of", "without_rights"]

_LONGEST = 63
"""Bytes of a name in PostgreSQL."""
_MOST_CONNECTIONS = 20
_INTERNAL = frozenset({"worker_me"})
CALLED = tuple(name for name in map(named, FUNCTIONS) if name not in _INTERNAL)
"""The functions that workers call."""


def new_role_name(worker: str) -> str:
    """A name that no other role has."""
    end = f"_{secrets.token_hex(4)}"
    plain = "".join(char if char.isascii() and char.isalnum() else "_" for char in worker.lower())
    return f"ws_worker_{plain}"[: _LONGEST - len(end)] + end


def verifier_of(driver: Any, role: str, password: str) -> str:
    """What the server keeps of a password: made here, so that it never learns the password itself."""
    made: bytes = driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return made.decode()


def lacking(db: Connection) -> str | None:
    """What keeps this database's own role from making roles for workers, with what to do; None: nothing."""
    query = """
        SELECT current_user AS me, r.rolsuper AS all_rights, r.rolcreaterole AS may, current_schema() AS schema,
            (SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = 'worker_join'::regproc) AS owner
        FROM pg_roles r WHERE r.rolname = current_user"""
    found: Any = db.row(query)
    me, schema = (db.value("SELECT quote_ident(:name)", name=name) for name in (found.me, found.schema))
    if not (found.all_rights or found.may):
        return f"The role {found.me} of DB_URL may not make roles; have an administrator of PostgreSQL run: ALTER ROLE {me} CREATEROLE"
    if not found.all_rights and found.owner != found.me:
        return (
            f"The tables belong to the role {found.owner}, and DB_URL names {found.me}, which may not make roles for it; invite "
            f"with a DB_URL that names {found.owner}"
        )
    # The functions for workers run with their owner's rights and look in this schema first: none may put others there.
    if db.value("SELECT has_schema_privilege('public', current_schema(), 'CREATE')"):
        return (
            f"Every role of this server may create things in the schema {found.schema}, which would give a worker more rights than "
            f"its own; have the owner run: REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
        )
    return None


def make_role(db: Connection, role: str, password: str, expires_at: datetime) -> None:
    """Make the role, which can sign in until then."""
    verifier = verifier_of(db.driver, role, password)
    db.driver.execute(
        f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {_MOST_CONNECTIONS} PASSWORD '{verifier}' VALID UNTIL '{expires_at.isoformat()}'"
    )
    for right, thing in _rights(db):
        db.driver.execute(f"GRANT {right} ON {thing} TO {role}")


def without_rights(db: Connection, role: str) -> str | None:
    """A right that the role should have been given and has not, with what to do; None: it has all."""
    query = """
        SELECT has_database_privilege(:role, current_database(), 'CONNECT') AS connects,
            has_schema_privilege(:role, current_schema(), 'USAGE') AS uses"""
    row: Any = db.row(query, role=role)
    missing = [
        f"GRANT {right} ON {thing} TO {role}"
        for (right, thing), has in zip(_rights(db)[:2], row, strict=True)
        if not has
    ]
    if not missing:
        return None
    return f"DB_URL's role may not give the worker all that it needs; have an administrator of PostgreSQL run: {'; '.join(missing)}"


def drop_role(db: Connection, role: str) -> bool:
    """Drop the role. False if it owns something, and is only kept from signing in."""
    if not db.value("SELECT 1 FROM pg_roles WHERE rolname = :role", role=role):
        return True
    for right, thing in _rights(db):
        db.driver.execute(f"REVOKE {right} ON {thing} FROM {role}")
    db.run("SAVEPOINT dropping")
    try:
        db.driver.execute(f"DROP ROLE {role}")
    except Exception as error:
        if getattr(error, "sqlstate", None) != _DEPENDENT:
            raise
        db.run("ROLLBACK TO SAVEPOINT dropping")
        db.driver.execute(f"ALTER ROLE {role} NOLOGIN PASSWORD NULL")
        return False
    return True


_DEPENDENT = "2BP01"


def _rights(db: Connection) -> list[tuple[str, str]]:
    database, schema = db.driver.execute(
        "SELECT quote_ident(current_database()), quote_ident(current_schema())"
    ).fetchone()
    return [
        ("CONNECT", f"DATABASE {database}"),
        ("USAGE", f"SCHEMA {schema}"),
        *(("EXECUTE", f"FUNCTION {schema}.{function}") for function in CALLED),
    ]
