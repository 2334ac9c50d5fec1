"""The moving pictures of the README can be taken again, last about half a minute, and go on by themselves."""

from __future__ import annotations

import re
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import film
import pytest
import screenshots
from apng import animated, chunks

DOCS = Path(__file__).parents[2] / "docs"
SHORTEST, LONGEST = 20, 45


def seconds_of(png: bytes) -> list[float]:
    """How long each frame is shown."""
    heads = [struct.unpack(">IIIIIHHBB", part) for kind, part in chunks(png) if kind == b"fcTL"]
    return [head[5] / head[6] for head in heads]


def plays_of(png: bytes) -> tuple[int, int]:
    """How many frames there are, and how often they are shown; 0: without an end."""
    frames, plays = struct.unpack(">II", dict(chunks(png))[b"acTL"])
    return frames, plays


@pytest.mark.skipif(sys.platform == "win32", reason="the pictures are taken on Linux")
def test_the_first_scenes_are_taken_again(chromium: Any) -> None:
    with screenshots.shop() as home:
        home("run", "invoices", "--detach")
        made = film.take(home, chromium, film.SCENES[:3])
    assert plays_of(made) == (3, 0)
    assert seconds_of(made) == [scene.seconds for scene in film.SCENES[:3]]


@pytest.mark.skipif(sys.platform == "win32", reason="it needs a pseudo terminal")
def test_a_terminal_is_drawn_line_by_line(tmp_path: Path) -> None:
    import terminal

    words = [
        sys.executable,
        "-c",
        r"print('over'); print('\x1b[1A\x1b[2K\x1b[32mgreen\x1b[0m <b>'); print(); print('the end')",
    ]
    drawn = ET.fromstring(terminal.draw("demo", terminal.run(words, tmp_path)))
    texts = ["".join(line.itertext()) for line in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert [" ".join(text.split()) for text in texts] == ["$ demo", "green <b>", "", "the end"]
    assert len(re.findall("infinite", "".join(drawn.itertext()))) == len(texts) - 1


def test_the_films_that_are_kept_last_half_a_minute() -> None:
    web = (DOCS / "web.png").read_bytes()
    assert len(web) <= film.MOST_BYTES
    assert plays_of(web) == (len(film.SCENES), 0)
    assert SHORTEST <= sum(seconds_of(web)) <= LONGEST
    demo = (DOCS / "demo.svg").read_text(encoding="utf-8")
    assert all(SHORTEST <= float(seconds) <= LONGEST for seconds in re.findall(r"([\d.]+)s linear infinite", demo))
    assert "restores to the same" in "".join(ET.fromstring(demo).itertext())


def test_pictures_of_two_sizes_make_no_film(chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": 20, "height": 20})
    small = page.screenshot()
    page.set_viewport_size({"width": 30, "height": 20})
    with pytest.raises(ValueError, match="not of one size"):
        animated([(small, 1), (page.screenshot(), 1)])
    page.close()
