"""Makes docs/web.png: half a minute of the web interface, with a line below that says what is seen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import browsing
from apng import animated
from screenshots import WRONG, Home, enter, shop, show

FILM = Path(__file__).parents[2] / "docs" / "web.png"
MOST_BYTES = 1_500_000
SIZE = {"width": 960, "height": 600}
CAPTION = """words => {
  const line = document.querySelector("body > #caption") ?? document.body.appendChild(document.createElement("p"));
  line.id = "caption";
  document.documentElement.style.scrollbarGutter = "auto";
  line.textContent = words;
  Object.assign(line.style, {position: "fixed", left: 0, right: 0, bottom: 0, margin: 0, padding: "10px", zIndex: 9999,
    textAlign: "center", font: "600 17px sans-serif", color: "#fff", background: "#16213a"});
}"""


@dataclass(frozen=True)
class Scene:
    """`seconds`: how long it is shown; `go` leads there, and waits until it is."""

    words: str
    seconds: float
    go: Callable[[Any, Home], None]


def _run(page: Any, _home: Home) -> None:
    page.get_by_role("button", name="Run now").click()
    page.locator("[data-task].busy, [data-task].good").first.wait_for()


def _ended(page: Any, _home: Home) -> None:
    page.get_by_role("heading", name="failed").wait_for()
    page.locator(".last-lines").wait_for()


def _output(page: Any, _home: Home) -> None:
    page.locator(".output").get_by_text("is not known").wait_for()
    page.locator(".log").scroll_into_view_if_needed()


def _edit(page: Any, _home: Home) -> None:
    show(page, "workflows/nightly_backup/edit", "copy_away")
    browsing.write(page, WRONG)
    page.get_by_text("line 9, column").wait_for()
    page.locator(".errors").scroll_into_view_if_needed()


def _at(address: str, awaited: str) -> Callable[[Any, Home], None]:
    return lambda page, _home: show(page, address, awaited)


def _dark(page: Any, _home: Home) -> None:
    page.emulate_media(color_scheme="dark")
    show(page, "", "of 3 tasks")


SCENES = (
    Scene("What ran, what failed and why, what comes next", 4, _at("", "of 3 tasks")),
    Scene("Every workflow with its last runs", 3, _at("workflows", "weekly_report")),
    Scene("Its tasks as a graph, its schedules in plain English", 4, _at("workflows/orders", "at minute 15")),
    Scene("Run it now, and watch", 2, _run),
    Scene("It failed: the last lines say why, and where to go on", 5, _ended),
    Scene("All that it wrote, in colour", 4, _output),
    Scene("A week: what ran, what failed, what will be due", 3, _at("schedules/calendar?span=week", "stock_sync")),
    Scene("At night, too", 3, _dark),
    Scene("As YAML: each mistake with its line and what to write", 4, _edit),
)


def take(home: Home, browser: Any, scenes: tuple[Scene, ...] = SCENES) -> bytes:
    """An animated PNG of these scenes."""
    page = enter(home, browser, color_scheme="light", viewport=SIZE)
    frames: list[tuple[bytes, float]] = []
    for scene in scenes:
        scene.go(page, home)
        page.evaluate(CAPTION, scene.words)
        page.mouse.move(0, 0)
        frames.append((page.screenshot(animations="disabled"), scene.seconds))
    return animated(frames)


def main() -> None:
    with browsing.chromium() as browser, shop() as home:
        home("run", "invoices", "--detach")
        film = take(home, browser)
    FILM.write_bytes(film)
    print(f"docs/{FILM.name}  {len(film) / 1000:.0f} kB")
    assert len(film) <= MOST_BYTES, "the film is too large to be kept"


if __name__ == "__main__":
    main()
