"""What was typed, where one was and what was meant: the web interface loses none of it."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

PASSWORD = "correct horse battery"
ONE = "id: w\ntasks: [{id: a, command: echo}]\nschedules: [{id: s, cron: 0 3 * * *, timezone: UTC}]"
REFUSED = r"status of 401 "


@pytest.fixture
def author(home, browser, faults):
    """A page signed in with a password, in a home with the workflow w."""
    faults.accept(REFUSED)
    home("workflow", "apply", "-", text=ONE)
    home("user", "add", "ada", "--role", "author", "--password-stdin", text=f"{PASSWORD}\n")
    page = browser().new_page()
    page.goto(f"{home.address}/#/workflows/w")
    page.get_by_label("Name").fill("ada")
    sign_in(page)
    page.get_by_role("button", name="Run now").wait_for()
    return page


def sign_in(page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_form_whose_session_has_ended_is_sent_after_signing_in(author, home) -> None:
    author.get_by_role("button", name="Add task").click()
    author.get_by_label("Command").fill("/opt/typed.sh")
    author.context.clear_cookies()
    author.get_by_role("dialog").get_by_role("button", name="Add task").click()
    again = author.get_by_role("dialog", name="Sign in again")
    expect(again.get_by_label("Name")).to_have_value("ada")
    # Put aside, the form is as it was, and the page says what it lacks.
    author.keyboard.press("Escape")
    expect(again).to_have_count(0)
    expect(author.get_by_label("Command")).to_have_value("/opt/typed.sh")
    author.get_by_role("dialog").get_by_role("button", name="Add task").click()
    sign_in(author)
    expect(author.get_by_role("dialog")).to_have_count(0)
    expect(author.locator("tr[data-row]")).to_have_count(2)
    assert home.json("task", "list", "w")[1]["command"] == "/opt/typed.sh"


def test_a_live_page_whose_session_has_ended_stays_and_goes_on(author, home) -> None:
    author.get_by_role("link", name="Edit as YAML").click()
    author.locator(".cm-content").click()
    author.keyboard.press("Control+End")
    author.keyboard.insert_text("# typed")
    author.context.clear_cookies()
    home("schedule", "pause", "s")  # something happens that the page loads
    expect(author.get_by_role("dialog", name="Sign in again")).to_be_visible()
    sign_in(author)
    expect(author.get_by_role("dialog")).to_have_count(0)
    expect(author.locator(".cm-content")).to_contain_text("# typed")


def test_a_double_click_is_one_intention(page, home) -> None:
    home("workflow", "apply", "-", text=ONE)
    keys: list[str | None] = []
    page.on(
        "request",
        lambda request: keys.append(request.headers.get("idempotency-key")) if request.method == "POST" else None,
    )
    page.goto(f"{home.address}/#/workflows/w")
    page.get_by_role("button", name="Run now").dblclick()
    expect(page.locator(".head .state")).to_have_text("succeeded")
    assert len(home.json("runs", "list")) == 1
    assert len(keys) == 1
    assert keys[0]


def test_a_run_whose_answer_was_lost_is_asked_for_with_the_same_key(page, home, faults) -> None:
    faults.accept("ERR_FAILED|ERR_ABORTED")
    home("workflow", "apply", "-", text=ONE)
    page.goto(f"{home.address}/#/workflows/w")
    run = page.get_by_role("button", name="Run now")

    def lose(route) -> None:
        route.fetch()
        route.abort()

    page.route("**/workflows/w/runs", lose, times=1)
    run.click()
    expect(page.locator(".notice.bad")).to_be_visible()
    run.click()
    expect(page.locator(".head .state")).to_have_text("succeeded")
    assert len(home.json("runs", "list")) == 1


def test_what_was_typed_is_not_thrown_away_without_a_question(page, home) -> None:
    home("workflow", "apply", "-", text=ONE)
    page.goto(f"{home.address}/#/workflows")
    page.get_by_role("link", name="w", exact=True).click()
    page.get_by_role("button", name="Add task").click()
    command = page.get_by_label("Command")
    question = page.get_by_role("dialog", name="Discard your changes?")
    command.fill("typed")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("dialog").first.get_by_label("Close").click(),
        lambda: page.get_by_role("button", name="Cancel").click(),
        page.go_back,
    ):
        leave()
        question.get_by_role("button", name="Go back").click()
        expect(question).to_have_count(0)
        expect(command).to_have_value("typed")
        expect(page).to_have_url(re.compile("#/workflows/w$"))
    page.keyboard.press("Escape")
    question.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_focus_is_at_the_heading_and_back_leads_to_the_place(page, home) -> None:
    many = "\n---\n".join(f"id: w{n:03}\ntasks: [{{command: echo}}]" for n in range(60))
    home("workflow", "apply", "-", text=many)
    page.goto(f"{home.address}/#/workflows?q=w0")
    link = page.get_by_role("link", name="w050")
    link.focus()
    place = page.evaluate("scrollY")
    assert place > 0
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="w050")).to_be_focused()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Workflows")).to_be_focused()
    page.wait_for_function("(place) => scrollY === place", arg=place)
    expect(page.get_by_label("Search workflows")).to_have_value("w0")


def test_drawings_are_one_stop_of_the_tab_key(page, home) -> None:
    home("workflow", "apply", "-", text=ONE)
    for _ in range(3):
        home("run", "w")
    for address in ("#/", "#/workflows", "#/workflows/w"):
        page.goto(f"{home.address}/{address}")
        expect(page.locator("main svg[role=group]").first).to_be_visible()
        stops = "(all) => all.map((one) => [...one.querySelectorAll('*')].filter((e) => e.tabIndex >= 0).length)"
        assert max(page.locator("svg[role=group]").evaluate_all(stops)) <= 1, address
    page.goto(f"{home.address}/#/")
    hour = page.locator(".day a[tabindex='0']")
    hour.focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.tagName") == "a"
    expect(hour).not_to_be_focused()
    page.goto(f"{home.address}/#/workflows")
    expect(page.locator(".bars")).to_have_attribute("aria-label", "the last 3 runs: 3 succeeded")


def test_single_keys_can_be_turned_off(page, home) -> None:
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_output_that_was_cut_says_how_much(page, home) -> None:
    code = "for i in range(600000): print('row %08d of a long output that goes on' % i)"
    task = {"id": "t", "command": sys.executable, "args": ["-c", code]}
    home("workflow", "apply", "-", text=json.dumps({"id": "big", "tasks": [task]}))
    home("run", "big")
    run = home.json("runs", "list")[0]["id"]
    page.goto(f"{home.address}/#/runs/{run}")
    expect(page.get_by_role("note")).to_contain_text("16,777,255 of 25,800,000 bytes")
    answer = page.request.get(f"{home.address}/api/v1/runs/{run}/tasks/t/attempts/1/logs/stdout?download=true")
    assert answer.headers["x-bytes-written"] == "25800000"
    shown = page.request.get(f"{home.address}/api/v1/runs/{run}").json()["tasks"][0]["attempts"][0]
    assert (shown["stdout_written"], shown["stderr_written"]) == (25_800_000, None)
    expect(page.locator(".run-facts")).to_contain_text("Started by")


def test_the_servers_clock_counts(sign_in, home) -> None:
    home("workflow", "apply", "-", text=ONE)
    home("run", "w")
    page = sign_in()
    page.clock.install(time=datetime.now(UTC) + timedelta(days=3))
    page.reload()
    page.goto(f"{home.address}/#/runs")
    expect(page.locator("tr[data-row] time").first).to_have_text(re.compile("^Today "))


def test_every_page_says_that_schedules_are_paused(page, home) -> None:
    home("workflow", "apply", "-", text=ONE)
    home("planner", "pause")
    for address in (
        "#/",
        "#/workflows",
        "#/workflows/w",
        "#/runs",
        "#/schedules",
        "#/schedules/calendar",
        "#/health/log",
    ):
        page.goto(f"{home.address}/{address}")
        expect(page.get_by_text("All schedules are paused")).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_text("All schedules are paused")).to_have_count(0)


def test_the_first_workflow_is_typed_while_a_minute_passes_and_somebody_else_makes_one(home, browser) -> None:
    page = browser().new_page()
    page.clock.install()
    page.goto(home.ticket)
    page.get_by_role("button", name="Create the first workflow").click()
    name = page.get_by_role("dialog").get_by_label("Workflow ID")
    name.fill("nightly")
    with page.expect_response("**/api/v1/overview"):
        page.clock.fast_forward("01:01")
    page.wait_for_timeout(100)
    with page.expect_response("**/api/v1/workflows**"):
        home("workflow", "create", "of_somebody_else")
    page.wait_for_timeout(100)
    assert name.input_value() == "nightly"
