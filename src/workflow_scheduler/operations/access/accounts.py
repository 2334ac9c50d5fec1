"""Users, signing in, and tokens for programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from workflow_scheduler.domain.account import OWNER, TOKEN_ACTOR, Role, Session, Token, User
from workflow_scheduler.domain.errors import InvalidInput, NotFound, Outdated, Refused
from workflow_scheduler.domain.identifiers import MAX_LENGTH, check_identifier
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import accounts as store
from workflow_scheduler.storage.database import Connection, Database

from .passwords import hashed, matches
from .rows import TokenRow, TokenWithText, UserChange, UserRow
from .secret import digest

__all__ = [
    "SESSION_LASTS",
    "TICKET_LASTS",
    "Accounts",
    "Visitor",
    "may_still_start_runs",
    "parse_role",
    "unless_user_changed",
]

TICKET_LASTS = timedelta(seconds=60)
SESSION_LASTS = timedelta(days=7)
TOKEN_DAYS = 90
_TOKEN_START = "wfs_"  # noqa: S105  by which a leaked one is recognised


@dataclass(frozen=True, slots=True)
class Visitor:
    """The requesting user or token with its role. `session` is the key of the browser session; programs have none."""

    name: str
    role: Role
    session: str | None = None


def parse_role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidInput(f"There is no role {text[:40]!r}; write one of {', '.join(Role)}.") from None


def unless_user_changed(name: str, expected: str) -> Callable[[Connection], None]:
    """A check for the transaction of a change: Outdated if the user was changed since; `*`: never."""

    def check(db: Connection) -> None:
        found = store.find_user(db, name)
        if found is not None and expected not in ("*", _tag(found)):
            raise Outdated(f"The user {name!r} was changed meanwhile; reload it and repeat your change.")

    return check


class Accounts:
    """The accounts of one database. `now` is the time of the request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Users

    def add_user(self, name: str, role: Role, password: str, now: datetime) -> UserRow:
        if check_identifier("user", name) == OWNER:
            raise Refused(f"{OWNER!r} is the user who signs in with 'scheduler web'; choose another name.")
        user = User(name, role, hashed(password), now)

        def work(db: Connection) -> None:
            if store.find_user(db, name) is not None:
                raise Refused(f"The user {name!r} already exists; choose another name.")
            store.add_user(db, user)

        self._database.write(work)
        return _user_row(user)

    def user_list(self) -> list[UserRow]:
        return [_user_row(user) for user in self._database.read(store.list_users)]

    def change_user(self, name: str, *, role: Role | None = None, password: str | None = None) -> UserChange:
        """Set a new password. Ends the user's sessions and tokens, which somebody else may have created; returns the tokens."""
        kept = None if password is None else hashed(password)

        def work(db: Connection) -> tuple[User, list[str]]:
            found = store.find_user(db, name)
            if found is None:
                raise _no_user(name)
            ended: list[str] = []
            if kept is not None:
                store.delete_sessions_of(db, name)
                ended = store.delete_tokens_of(db, name)
            if kept is not None or role is not None:
                store.change_user(db, name, role=role, password=kept)
            return store.find_user(db, name) or found, ended

        user, ended = self._database.write(work)
        return widened(_user_row(user), UserChange, ended_tokens=tuple(sorted(ended)))

    def delete_user(self, name: str) -> None:
        """Delete a user; their sessions and tokens end."""

        def work(db: Connection) -> None:
            if not store.delete_user(db, name):
                raise _no_user(name)

        self._database.write(work)

    # Signing in

    def make_ticket(self, now: datetime) -> str:
        """A ticket that signs in the owner's browser once within the next minute."""
        ticket = secrets.token_urlsafe(32)
        self._database.write(lambda db: store.add_ticket(db, digest(ticket), now + TICKET_LASTS))
        return ticket

    def sign_in_with_ticket(self, ticket: str, now: datetime) -> tuple[str, Session]:
        """A new session and its cookie value. Refused if the ticket was used or is too old."""
        held = secrets.token_urlsafe(32)
        session = Session(digest(held), OWNER, now, now + SESSION_LASTS)

        def work(db: Connection) -> None:
            if not store.use_ticket(db, digest(ticket), now):
                # Within the transaction, so that a refused sign-in leaves no audit entry.
                raise Refused(
                    "This link was already used, or is older than a minute; get a new one with 'scheduler web'."
                )
            store.forget_expired(db, now)
            store.add_session(db, session)

        self._database.write(work)
        return held, session

    def sign_in(self, name: str, password: str, now: datetime) -> tuple[str, Session]:
        """Refused with the same message and after the same time for a wrong name and a wrong password."""
        user = self._database.read(lambda db: store.find_user(db, name)) if len(name) <= 100 else None
        if not matches(password, user.password if user else None) or user is None:
            raise Refused("The name or the password is wrong.")
        held = secrets.token_urlsafe(32)
        session = Session(digest(held), user.name, now, now + SESSION_LASTS)

        def work(db: Connection) -> None:
            store.forget_expired(db, now)
            store.add_session(db, session)

        self._database.write(work)
        return held, session

    def visitor_of_session(self, held: str, now: datetime) -> tuple[Visitor, Session] | None:
        """The session's user with the current role; None if the session has ended."""

        def work(db: Connection) -> tuple[Visitor, Session] | None:
            session = store.find_session(db, digest(held), now)
            if session is None:
                return None
            if session.user == OWNER:
                return Visitor(OWNER, Role.ADMIN, session.key), session
            user = store.find_user(db, session.user)
            return None if user is None else (Visitor(user.name, user.role, session.key), session)

        return self._database.read(work)

    def session(self, key: str, now: datetime) -> Session | None:
        return self._database.read(lambda db: store.find_session(db, key, now))

    def visitor_of_token(self, shown: str, now: datetime) -> Visitor | None:
        """The token's identity. Its rights are those it was created with, limited to its creator's current rights."""

        def work(db: Connection) -> Visitor | None:
            token = store.find_token(db, digest(shown), now)
            rights = None if token is None else _rights(db, token, now)
            return None if token is None or rights is None else Visitor(TOKEN_ACTOR + token.id, rights[1])

        return self._database.read(work)

    def sign_out(self, session_key: str) -> None:
        self._database.write(lambda db: store.delete_session(db, session_key))

    # Tokens

    def add_token(self, token_id: str, role: Role, by: str, now: datetime, days: int = TOKEN_DAYS) -> TokenWithText:
        """Create a token; its secret is shown only now. `by`: a user, OWNER, or `token:ID`.

        A token created with a token has the same owner, and ends with it.
        """
        shown = _TOKEN_START + secrets.token_urlsafe(32)
        name = check_identifier("token", token_id)
        if len(TOKEN_ACTOR + name) > MAX_LENGTH:
            raise InvalidInput(f"The token ID has {len(name)} characters; use at most {MAX_LENGTH - len(TOKEN_ACTOR)}.")

        def work(db: Connection) -> TokenRow:
            store.forget_expired(db, now)
            if any(token.id == name for token in store.list_tokens(db)):
                raise Refused(f"The token {name!r} already exists; choose another name, or delete that one.")
            until = now + timedelta(days=days)
            if (parent := store.find_token_named(db, by.removeprefix(TOKEN_ACTOR), now)) and by.startswith(TOKEN_ACTOR):
                until = min(until, parent.expires_at)
            token = Token(name, digest(shown), role, by, now, until)
            if _rights(db, token, now) is None:
                raise Refused(f"{by!r} was deleted meanwhile and cannot create a token; sign in again.")
            store.add_token(db, token)
            return _token_row(db, token, now)

        return widened(self._database.write(work), TokenWithText, token=shown)

    def token_list(self, now: datetime) -> list[TokenRow]:
        """The unexpired tokens, each with its current rights."""
        return self._database.read(
            lambda db: [_token_row(db, token, now) for token in store.list_tokens(db) if token.expires_at > now]
        )

    def delete_token(self, token_id: str) -> None:
        def work(db: Connection) -> None:
            if not store.delete_token(db, token_id):
                raise no_such("token", token_id)

        self._database.write(work)


def _no_user(name: str) -> NotFound:
    return no_such("user", name)


def _user_row(user: User) -> UserRow:
    return UserRow(name=user.name, role=user.role, created_at=user.created_at, etag=_tag(user))


def _tag(user: User) -> str:
    """Changes whenever the user is changed or recreated: each password hash has its own salt."""
    return hashlib.sha256(f"{user.role} {user.password}".encode()).hexdigest()[:16]


def _rights(db: Connection, token: Token, now: datetime) -> tuple[str, Role] | None:
    """The owner of a token and its role, the lowest along its chain of creators. None if the chain is broken."""
    return _rights_of(db, token.role, token.created_by, now, {token.id})


def may_still_start_runs(db: Connection, maker: str, now: datetime) -> bool:
    """Whether the creator of something that starts runs (a user, OWNER or `token:ID`) may still start runs."""
    rights = _rights_of(db, Role.ADMIN, maker, now, set())
    return rights is not None and rights[1].covers(Role.OPERATOR)


def _rights_of(db: Connection, role: Role, maker: str, now: datetime, seen: set[str]) -> tuple[str, Role] | None:
    while maker.startswith(TOKEN_ACTOR):
        parent = store.find_token_named(db, maker.removeprefix(TOKEN_ACTOR), now)
        if parent is None or parent.id in seen:  # only a row from outside could do that
            return None
        seen.add(parent.id)
        role, maker = role.at_most(parent.role), parent.created_by
    if maker == OWNER:
        return OWNER, role
    user = store.find_user(db, maker)
    return None if user is None else (user.name, role.at_most(user.role))


def _token_row(db: Connection, token: Token, now: datetime) -> TokenRow:
    owner, role = _rights(db, token, now) or (token.created_by, None)
    made_with = token.created_by.removeprefix(TOKEN_ACTOR) if token.created_by.startswith(TOKEN_ACTOR) else None
    return TokenRow(
        id=token.id,
        role=token.role,
        role_now=role,
        created_by=owner,
        made_with=made_with,
        created_at=token.created_at,
        expires_at=token.expires_at,
    )
