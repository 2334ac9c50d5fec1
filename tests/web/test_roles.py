"""The table of who may ask for what: which rule an address has, and whose answers may be kept for others."""

from __future__ import annotations

import pytest

from workflow_scheduler.domain.account import Role
from workflow_scheduler.web.permissions import API, find_rule, methods_of


@pytest.mark.parametrize(
    ("method", "path", "role", "keeps"),
    [
        ("GET", f"{API}/workflows", Role.VIEWER, True),
        ("GET", f"{API}/workflows/a.b-1", Role.VIEWER, True),
        ("POST", f"{API}/workflows", Role.AUTHOR, False),
        ("GET", f"{API}/session", Role.VIEWER, False),
        ("GET", f"{API}/health", Role.VIEWER, False),
        ("GET", f"{API}/runs/r-1", Role.VIEWER, False),
        ("GET", "/health", None, False),
        ("POST", "/hooks/x", None, False),
    ],
)
def test_the_rule_of_an_address(method: str, path: str, role: Role | None, keeps: bool) -> None:
    rule = find_rule(method, path)
    assert (rule.role, rule.keeps, rule.reads_body) == (role, keeps, not path.startswith("/hooks/"))


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        f"{API}/workflows/",
        f"{API}/workflows/-a",
        f"{API}/workflows/{'a' * 101}",
        f"{API}/workflows/ä",
        f"{API}/workflows/a/versions/x",
        f"{API}/workflows/a/versions/{'1' * 10}",
        f"{API}x/workflows",
    ],
)
def test_what_has_no_rule(path: str) -> None:
    assert find_rule("GET", path) is None
    assert methods_of(path) == []


def test_what_can_be_asked_of_an_address() -> None:
    assert methods_of("/hooks/x") == ["POST"]
    assert methods_of(f"{API}/workflows") == ["GET", "HEAD", "POST"]
