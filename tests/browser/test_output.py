"""What a task writes is shown as it comes, in colour, as text and nothing else, however much it is."""

from __future__ import annotations

import json
import re
import sys

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

TALK = r"""
import pathlib, sys, time
print("\x1b[1;31mred\x1b[0m \x1b]0;title\x07and \x1b[38;2;10;200;30mexact\x1b[0m \x1b[2Kplain", flush=True)
for part in ("one", "two", "three"):
    for number in range(200):
        print(part, "line", number)
    print("end of", part, flush=True)
    while not pathlib.Path(part).exists():
        time.sleep(0.02)
"""
CORPUS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)",
    "</pre></div><style>*{display:none}</style>",
    "{{7*7}}${alert(1)}",
    "<a href='javascript:alert(1)'>click</a>",
    "&lt;b&gt;&#60;script&#62;",
)
BIG = 100_000_000
MOST_MEMORY = 150_000_000


def test_output_is_followed_until_one_scrolls_up(page, home, until) -> None:
    (home.home / "talk.py").write_text(TALK)
    home("workflow", "apply", "-", text=f"id: talk\ntasks: [{{id: t, command: {sys.executable}, args: talk.py}}]")
    page.goto(f"{home.address}/#/workflows/talk")
    page.get_by_role("button", name="Run now").click()
    output = page.locator(".output")
    expect(output).to_contain_text("end of one")
    expect(page.get_by_text("following")).to_be_visible()
    (home.home / "one").touch()
    expect(output).to_contain_text("end of two")
    at_end = "(e) => e.scrollHeight - e.scrollTop - e.clientHeight < 30"
    until(lambda: output.evaluate(at_end))

    output.hover()
    page.mouse.wheel(0, -1500)
    follow = page.get_by_role("button", name="Follow")
    expect(follow).to_be_visible()
    where = output.evaluate("(e) => e.scrollTop")
    (home.home / "two").touch()
    (home.home / "three").touch()
    expect(page.locator(".head .state")).to_have_text("succeeded")
    assert abs(output.evaluate("(e) => e.scrollTop") - where) < 3
    page.get_by_role("button", name=re.compile("Follow|Go to the end")).click()
    expect(output).to_contain_text("end of three")
    until(lambda: output.evaluate(at_end))

    # Of both streams each line is as a terminal shows it at last, and here it was erased; of one it is as it was written.
    output.evaluate("(e) => e.scrollTop = 0")
    expect(output.locator(".line").first).to_have_text(re.compile(r"^\s*plain\s*$"))
    page.get_by_role("button", name=re.compile("^stdout ")).click()
    expect(output).to_contain_text("end of three")
    output.evaluate("(e) => e.scrollTop = 0")
    red = output.locator(".ansi-red-fg")
    expect(red).to_have_text("red")
    assert red.evaluate("(e) => getComputedStyle(e).fontWeight") == "700"
    exact = output.locator("span", has_text="exact")
    assert exact.evaluate("(e) => getComputedStyle(e).color") == "rgb(10, 200, 30)"
    first = output.locator(".line").first
    assert first.inner_text().strip() == "red and exact plain"
    assert "\x1b" not in output.inner_text()


MIXED = r"""
import os, pathlib, sys, time
def taken():
    return sum(path.stat().st_size for path in pathlib.Path(os.environ["ATTEMPT_FOLDER"]).glob("std*.log"))
def say(stream, text):
    before = taken()
    os.write(stream, text.encode())
    while taken() == before:
        time.sleep(0.001)
say(1, "first\n")
say(2, "\x1b[31mtrouble\x1b[0m <b>\n")
say(1, "10 %\r50 %\r100 %\n")
while not pathlib.Path("go").exists():
    time.sleep(0.02)
say(2, "late trouble\n")
say(1, "last\n")
"""


def lines(page) -> list[str]:
    return [text.rstrip() for text in page.locator(".output .line").all_inner_texts()]


def test_both_streams_are_shown_in_their_order(page, home) -> None:
    (home.home / "mixed.py").write_text(MIXED)
    home("workflow", "apply", "-", text=f"id: mixed\ntasks: [{{id: t, command: {sys.executable}, args: mixed.py}}]")
    page.goto(f"{home.address}/#/workflows/mixed")
    page.get_by_role("button", name="Run now").click()
    output = page.get_by_role("region", name="output of t, attempt 1")
    expect(output).to_contain_text("100 %")
    early = ["    first", "err trouble <b>", "    100 %"]
    assert lines(page) == early
    (home.home / "go").touch()
    expect(output).to_contain_text("last")
    expect(page.locator(".head .state")).to_have_text("succeeded")
    every = [*early, "err late trouble", "    last"]
    assert lines(page) == every
    expect(page.locator(".log .foot")).to_contain_text("all 5 lines")
    expect(page.get_by_role("note")).to_have_count(0)
    assert output.locator(".ansi-red-fg").inner_text() == "trouble"
    # Without any colour an error is told from the rest by a word.
    assert output.locator(".line.stderr .mark").all_inner_texts() == ["err ", "err "]

    page.get_by_role("button", name="Times", exact=True).click()
    timed = re.compile(r"\d\d:\d\d:\d\d\.\d{3} (err|   ) .+")
    expect(output.locator(".line").first).to_have_text(timed)
    assert all(timed.fullmatch(text) for text in lines(page))
    times = [text[:12] for text in lines(page)]
    assert sorted(times) == times
    page.reload()
    expect(page.get_by_role("button", name="Times", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(output.locator(".line").first).to_have_text(timed)
    page.get_by_role("button", name=re.compile("^stderr ")).click()
    trouble = page.get_by_role("region", name="stderr of t, attempt 1")
    expect(trouble.locator(".line")).to_have_count(2)
    expect(trouble.locator(".line").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3} trouble <b>"))
    page.get_by_role("button", name="Times", exact=True).click()
    expect(trouble.locator(".line").first).to_have_text(re.compile("^trouble <b>"))
    page.get_by_role("button", name=re.compile("^both")).click()
    page.get_by_label("Search the loaded lines").fill("TROUBLE")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("2 lines")
    page.get_by_label("Search the loaded lines").press("Enter")
    expect(output.locator(".current mark")).to_have_text("trouble")
    assert lines(page) == every


def test_more_lines_than_are_shown_say_so_and_utf_16_is_read(page, home) -> None:
    home("workflow", "apply", "-", text="id: w\ntasks: [{id: t, command: echo, args: small}]")
    home("run", "w")
    run = home.json("runs", "list")[0]["id"]
    (path,) = home.home.rglob("*stdout*")
    path.write_bytes(b"".join(b"number %05d\n" % number for number in range(20_000)))
    path.with_name("stderr.log").write_bytes("größer als gedacht\r\n".encode("utf-16"))
    page.goto(f"{home.address}/#/runs/{run}")
    output = page.get_by_role("region", name="output of t, attempt 1")
    expect(output.locator(".line").last).to_have_text(re.compile("^err größer als gedacht"))
    expect(output).to_contain_text("number 19999")
    foot = page.locator(".log .foot")
    expect(foot).to_contain_text("the last 1,000 lines; download it to see the rest")
    expect(page.get_by_role("note")).to_contain_text("The order of the two streams was not recorded")
    output.evaluate("(e) => e.scrollTop = 0")
    expect(foot).to_contain_text("the last 5,000 lines")
    output.evaluate("(e) => e.scrollTop = 0")
    expect(output).to_contain_text("number 15001")
    expect(output).not_to_contain_text("number 15000")
    with page.expect_download() as found:
        page.get_by_title("Download all of stdout").click()
    assert found.value.suggested_filename.endswith("stdout.log")
    page.get_by_role("button", name=re.compile("^stderr ")).click()
    expect(page.get_by_role("region", name="stderr of t, attempt 1")).to_have_text(re.compile("^größer als gedacht"))


def test_what_others_wrote_is_text(page, home) -> None:
    opened: list[str] = []
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    everything = "\n".join(CORPUS)
    (home.home / "evil.py").write_text(f"import sys\nprint({everything!r})\nsys.exit({everything!r})\n")
    files = [
        f"out/{name.replace('/', '_').replace(chr(10), '')}" for name in CORPUS if "*" not in name and "{" not in name
    ]
    task = {
        "id": "t",
        "command": sys.executable,
        "args": ["evil.py", *CORPUS],
        "expected_exit_codes": [0, 1],
        "output_files": files,
        "output_timeout": 0,
    }
    home("workflow", "apply", "-", text=json.dumps({"id": "evil", "description": everything, "tasks": [task]}))
    home("run", "evil", code=1)
    run = home.json("runs", "list")[0]["id"]
    places = (
        "",
        "workflows",
        "workflows/evil",
        "workflows/evil/versions",
        "workflows/evil/edit",
        "runs",
        f"runs/{run}",
    )
    for place in (*places, f"runs/{run}?stream=stdout", f"runs?q={CORPUS[1]}", f"workflows/{CORPUS[0]}", "health/log"):
        page.goto(f"{home.address}/#/{place}")
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator(".loading")).to_have_count(0)
        assert page.locator("main :is(script, iframe, style, img, [onerror], [onload])").count() == 0, place
        assert page.locator("a[href^='javascript:']").count() == 0, place
    page.goto(f"{home.address}/#/workflows/evil")
    for name in CORPUS:
        expect(page.locator(".description")).to_contain_text(name)
    page.goto(f"{home.address}/#/runs/{run}")
    for name in CORPUS:
        expect(page.locator(".output")).to_contain_text(name)
    for file in files:
        expect(page.locator(".proofs")).to_contain_text(file)
    assert opened == []


def test_a_big_output_shows_its_end_and_the_page_stays_small(page, home) -> None:
    home("workflow", "apply", "-", text="id: big\ntasks: [{id: t, command: echo, args: small}]")
    home("run", "big")
    run = home.json("runs", "list")[0]["id"]
    (path,) = home.home.rglob("*stdout*")
    line = b"%08d the quick brown fox jumps over the lazy dog, again and again and again, until the file is big\n"
    with path.open("wb") as file:
        for number in range(BIG // len(line % 0)):
            file.write(line % number)
        file.write(b"a needle in the last line\n")
    page.goto(f"{home.address}/#/runs/{run}")
    output = page.locator(".output")
    expect(output).to_contain_text("a needle in the last line")
    expect(page.locator(".log .foot")).to_contain_text("of 100.0 MB")

    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def memory() -> float:
        session.send("HeapProfiler.collectGarbage")
        return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}[
            "JSHeapUsedSize"
        ]

    output.hover()
    for _ in range(60):
        page.mouse.wheel(0, -4000)
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert memory() < MOST_MEMORY
    page.get_by_label("Search the whole output").fill("a needle in")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 line")
    page.get_by_label("Search the whole output").press("Enter")
    expect(output.locator("mark")).to_have_text("a needle in")
    page.get_by_role("button", name="Go to the beginning").click()
    expect(output).to_contain_text("00000000 the quick")
    assert memory() < MOST_MEMORY
    assert output.locator(".line, .piece").count() < 20_000
