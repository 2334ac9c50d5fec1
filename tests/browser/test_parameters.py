"""The form of a run asks for its parameters, says what is wrong at its field, and comes back with the values of a run."""

from __future__ import annotations

from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

YAML = """
id: nightly
params:
  region: {type: choice, options: [north, south], default: north, description: Which warehouse}
  day: {type: date, default: "2026-01-02"}
  limit: {type: integer, min: 1, max: 9, default: 5}
  full: {type: boolean, default: false}
  files: {type: list, default: [a.csv]}
  note: {description: Why}
tasks: [{id: show, command: echo, args: ["{region}", "{day}", "{limit}", "{full}", "{files...}", "<{note}>"]}]
"""


@pytest.fixture
def nightly(page: Any, home: Any) -> Any:
    home("workflow", "apply", "-", text=YAML)
    page.goto(f"{home.address}/#/workflows/nightly")
    page.get_by_role("button", name="Run now").click()
    return page.get_by_role("dialog", name="Run nightly")


def test_a_run_is_asked_for_its_parameters(page: Any, home: Any, nightly: Any) -> None:
    expect(nightly.get_by_label("region")).to_have_value("north")
    expect(nightly.get_by_label("day")).to_have_value("2026-01-02")
    nightly.get_by_role("button", name="Run").click()
    expect(nightly.locator(".wrong")).to_have_text("The parameter 'note' is required; give it a value.")
    nightly.get_by_label("note").fill("""a 'b' <i>&"c";$(x)""")
    nightly.get_by_label("region").select_option("south")
    nightly.get_by_label("full").check()
    nightly.get_by_label("files").fill("x y.csv\nz.csv")
    nightly.get_by_role("button", name="Run").click()
    expect(page.locator(".head .state")).to_have_text("succeeded")
    expect(page.locator(".output")).to_contain_text("""south 2026-01-02 5 true x y.csv z.csv <a 'b' <i>&"c";$(x)>""")
    facts = page.locator(".run-facts")
    expect(facts).to_contain_text("""a 'b' <i>&"c";$(x)""")
    page.get_by_role("button", name="Run again with other values").click()
    again = page.get_by_role("dialog", name="Run nightly again")
    expect(again.get_by_label("region")).to_have_value("south")
    expect(again.get_by_label("full")).to_be_checked()
    again.get_by_label("limit").fill("10")
    again.get_by_role("button", name="Run").click()
    expect(again.locator(".wrong")).to_contain_text("more than the maximum, 9")
    again.get_by_label("limit").fill("9")
    again.get_by_role("button", name="Run").click()
    expect(page.locator(".run-facts")).to_contain_text("Retry of")
    expect(page.locator(".head .state")).to_have_text("succeeded")
    expect(page.locator(".output")).to_contain_text("south 2026-01-02 9 true")


def test_a_schedule_has_a_field_for_each_parameter(page: Any, home: Any, nightly: Any) -> None:
    nightly.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Parameters")).to_be_visible()
    page.get_by_role("button", name="Add schedule").first.click()
    form = page.get_by_role("dialog", name="Add a schedule to nightly")
    form.get_by_role("button", name="Add schedule").click()
    expect(form.locator(".wrong")).to_contain_text("'note' is required")
    form.get_by_label("note").fill("at night")
    form.get_by_label("region").select_option("south")
    form.get_by_role("button", name="Add schedule").click()
    expect(page.locator(".schedules")).to_contain_text("2 parameters")
    assert home.json("schedule", "list")[0]["params"] == {"region": "south", "note": "at night"}
    page.get_by_role("button", name="Edit schedule_1").click()
    form = page.get_by_role("dialog", name="Schedule schedule_1")
    expect(form.get_by_label("note")).to_have_value("at night")
    form.get_by_label("region").select_option("")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".schedules")).to_contain_text("1 parameter")
