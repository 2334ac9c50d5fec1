"""A new home has its machine's time zone."""

from __future__ import annotations

from pathlib import Path

import pytest
import tzlocal

from workflow_scheduler.bootstrap.own_zone import default_zone, with_own_zone
from workflow_scheduler.settings import Settings, read_settings


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch):
    def is_there(name: str | Exception) -> None:
        def answer() -> str:
            if isinstance(name, Exception):
                raise name
            return name

        monkeypatch.setattr(tzlocal, "get_localzone_name", answer)

    return is_there


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("before", [None, "", "PORT=1", "PORT=1\r\n"])
def test_it_is_written_into_the_settings(encoding: str, before: str | None, zone, tmp_path: Path) -> None:
    zone("Europe/Berlin")
    if before is not None:
        (tmp_path / ".env").write_bytes(before.encode(encoding))
    settings, words = with_own_zone(read_settings(tmp_path, {}))
    assert settings.timezone == "Europe/Berlin"
    assert (
        words == f"Times are in Europe/Berlin, the time zone of this machine; set as TIMEZONE in {tmp_path / '.env'}."
    )
    again = read_settings(tmp_path, {})
    assert (again.timezone, again.port) == ("Europe/Berlin", 1 if before else 8321)
    assert with_own_zone(again) == (again, "")


@pytest.mark.parametrize("given", [{"TIMEZONE": "UTC"}, {"TIMEZONE": "Asia/Tokyo"}])
def test_one_that_is_chosen_stays(given: dict[str, str], zone, tmp_path: Path) -> None:
    zone("Europe/Berlin")
    settings = read_settings(tmp_path, given)
    assert with_own_zone(settings) == (settings, "")
    assert not (tmp_path / ".env").exists()


def test_utc_needs_not_be_written(zone, tmp_path: Path) -> None:
    zone("Etc/UTC")
    assert with_own_zone(Settings(tmp_path)) == (Settings(tmp_path), "")


@pytest.mark.parametrize("name", [LookupError("no key"), OSError(2, "gone"), "Mars/Olympus"])
def test_one_that_is_not_known_is_utc_and_that_is_said(name: str | Exception, zone, tmp_path: Path) -> None:
    zone(name)
    settings, words = with_own_zone(Settings(tmp_path))
    assert settings == Settings(tmp_path)
    assert words.startswith("The time zone of this machine cannot be used (")
    assert "times are in UTC" in words
    assert "TIMEZONE=Europe/Berlin" in words
    assert not (tmp_path / ".env").exists()


def test_settings_that_cannot_be_written(zone, tmp_path: Path) -> None:
    zone("Europe/Berlin")
    (tmp_path / ".env").mkdir()
    assert "times are in UTC" in with_own_zone(Settings(tmp_path))[1]


def test_what_is_offered_for_a_schedule(zone, tmp_path: Path) -> None:
    zone("Europe/Berlin")
    assert default_zone(Settings(tmp_path)) == "Europe/Berlin"
    assert default_zone(Settings(tmp_path, timezone="Asia/Tokyo", zone_is_chosen=True)) == "Asia/Tokyo"
    zone(LookupError("no key"))
    assert default_zone(Settings(tmp_path)) == "UTC"


def test_a_new_home_of_the_commands_has_it_and_says_so(scheduler) -> None:
    scheduler.env["TZ"] = "America/New_York"
    said = scheduler("workflow", "create", "w").stderr
    assert "America/New_York, the time zone of this machine" in said
    assert (scheduler.home / ".env").read_text() == "TIMEZONE=America/New_York\n"
    assert scheduler("workflow", "create", "v").stderr == ""
    assert scheduler.json("schedule", "add", "w", "--cron", "0 1 * * *")["timezone"] == "America/New_York"
