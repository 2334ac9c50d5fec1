"""Where another machine finds the database: never at an address that would be that machine itself."""

from __future__ import annotations

import pytest

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.operations.workers.invite import _address


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a@localhost/jobs",
        "postgresql://a@127.0.0.1:5433/jobs",
        "postgresql://a@127.8.9.10/jobs",
        "postgresql://a@[::1]/jobs",
        "postgresql:///jobs",
        "postgresql://a@/jobs?host=/run/postgresql",
    ],
)
def test_what_is_this_machine_is_not_told_to_another(url: str) -> None:
    with pytest.raises(Refused, match="--address"):
        _address(url, None)
    assert _address(url, "db.example.com:6000") == ("db.example.com", 6000)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://a@db.example.com/jobs", ("db.example.com", 5432)),
        ("postgresql://a@192.0.2.7:5433/jobs", ("192.0.2.7", 5433)),
        ("postgresql://a@1270.example.com/jobs", ("1270.example.com", 5432)),
    ],
)
def test_what_the_url_names_is_what_others_use(url: str, found: tuple[str, int]) -> None:
    assert _address(url, None) == found
