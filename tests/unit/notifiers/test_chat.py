"""What Slack, Teams and Discord are sent, against their published limits and forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from messages import HOSTILE, answers, body_of, detailed, digest, receiver, report, single, trial
from patience import PATIENCE

from workflow_scheduler.domain.channels import DiscordChannel, SlackChannel, TeamsChannel
from workflow_scheduler.notifiers import discord, slack, teams
from workflow_scheduler.notifiers.sending import send

LONG = "x" * 40_000
MESSAGES = {
    "single": single(),
    "digest": digest(5000),
    "test": trial(),
    "hostile": single(HOSTILE),
    "long": single(LONG),
    "detailed": detailed("exit code 3"),
    "hostile details": detailed(HOSTILE),
    "long details": detailed(LONG),
    "report": report(),
    "hostile report": report(HOSTILE),
    "long report": report(LONG[:300], 40),
}


def check_slack(value: dict[str, Any]) -> None:
    """docs.slack.dev: 50 blocks; header 150; section 3000, at most 10 fields of 2000; text required as fallback."""
    assert value["text"]
    for attachment in value["attachments"]:
        assert set(attachment) == {"color", "blocks"}
        assert 0 < len(attachment["blocks"]) <= 50
        for block in attachment["blocks"]:
            if block["type"] == "header":
                assert block["text"]["type"] == "plain_text"
                assert 0 < len(block["text"]["text"]) <= 150
                continue
            assert block["type"] == "section"
            assert set(block) - {"type"} in ({"text"}, {"fields"})
            assert len(block.get("fields", [])) <= 10
            for text in [*block.get("fields", []), *([block["text"]] if "text" in block else [])]:
                assert text["type"] == "mrkdwn"
                assert 0 < len(text["text"]) <= (3000 if "text" in block else 2000)


def check_teams(value: dict[str, Any]) -> None:
    """learn.microsoft.com: one attachment with an Adaptive Card, 28 KB; adaptivecards.io 1.5: the elements used here."""
    assert set(value) == {"type", "attachments"}
    assert value["type"] == "message"
    (attachment,) = value["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert set(card) <= {"$schema", "type", "version", "msteams", "body", "actions"}
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.5")
    for element in card["body"]:
        if element["type"] == "TextBlock":
            assert set(element) <= {"type", "text", "wrap", "size", "weight", "color", "fontType", "isSubtle"}
            assert element.get("color", "Default") in ("Default", "Attention", "Warning", "Good")
            assert element.get("size", "Medium") == "Medium"
        else:
            assert element["type"] == "FactSet"
            assert element["facts"]
            assert all(set(fact) == {"title", "value"} for fact in element["facts"])
    for action in card.get("actions", []):
        assert set(action) == {"type", "title", "url"}
        assert action["type"] == "Action.OpenUrl"
    assert len(json.dumps(value)) < 28_000


def check_discord(value: dict[str, Any]) -> None:
    """discord.com/developers: title 256, description 4096, 25 fields, name 256, value 1024, 6000 in all; no mentions."""
    assert value["allowed_mentions"] == {"parse": []}
    (embed,) = value["embeds"]
    assert 0 < len(embed["title"]) <= 256
    assert len(embed.get("description", "")) <= 4096
    assert len(embed.get("fields", [])) <= 25
    for field in embed.get("fields", []):
        assert 0 < len(field["name"]) <= 256
        assert 0 < len(field["value"]) <= 1024
    texts = [embed["title"], embed.get("description", "")]
    texts += [text for field in embed.get("fields", []) for text in (field["name"], field["value"])]
    assert sum(map(len, texts)) <= 6000
    assert 0 <= embed["color"] <= 0xFFFFFF


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize(
    ("payload", "check"), [(slack.payload, check_slack), (teams.payload, check_teams), (discord.payload, check_discord)]
)
def test_published_forms(name: str, payload: Callable[..., Any], check: Callable[[Any], None]) -> None:
    check(payload(MESSAGES[name]))


def test_markup_of_a_script_stays_text() -> None:
    assert "<!channel>" not in json.dumps(slack.payload(single(HOSTILE)), ensure_ascii=False)
    assert "[x](http" not in json.dumps(teams.payload(single(HOSTILE)))
    assert "<!channel>" not in json.dumps(slack.payload(report(HOSTILE)), ensure_ascii=False)
    assert "[x](http" not in json.dumps(teams.payload(report(HOSTILE)))


@pytest.mark.parametrize("payload", [slack.payload, teams.payload, discord.payload])
def test_a_report_says_the_worst_and_leads_to_its_page(payload: Callable[..., Any]) -> None:
    said = json.dumps(payload(report()), ensure_ascii=False)
    for words in (
        "1 of 31 due times is done; 30 failed",
        "nightly",
        "20 more",
        "Slower than usual",
        "60 GB free",
        "/#/report",
    ):
        assert words in said.replace("\\\\", ""), words


@pytest.mark.parametrize("kind", [SlackChannel, TeamsChannel, DiscordChannel])
def test_each_is_posted_with_its_key(kind: type[SlackChannel | TeamsChannel | DiscordChannel]) -> None:
    with receiver(answers(200)) as received:
        send(kind(received.url, allow_private=True, timeout=PATIENCE), single())
    assert received[0][0]["X-Workflow-Scheduler-Key"] == "k1"
    assert "ORA-01017" in json.dumps(body_of(received))
