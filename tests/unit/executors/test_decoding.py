"""What commands wrote becomes text: its encoding is found, and what steers a terminal does not."""

from __future__ import annotations

import pytest

from workflow_scheduler.executors.decoding import decode
from workflow_scheduler.executors.screen import Screen


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_each_unicode_encoding_is_recognised(encoding) -> None:
    text = "Volume C: has 12 GB free é\r\nsecond\r\n"
    assert decode(text.encode(encoding)) == text


def test_cyrillic_with_a_byte_order_mark() -> None:
    assert decode("Том".encode("utf-16")) == "Том"
    assert decode(b"\xfe\xff" + "Том".encode("utf-16-be")) == "Том"


def test_a_tool_that_writes_utf_16_among_others() -> None:
    raw = "plain é\n".encode() + "Volume C".encode("utf-16") + b"\nafter"
    assert decode(raw) == "plain é\nVolume C\nafter"


def test_what_is_no_utf_16_is_not_taken_for_it() -> None:
    assert decode(b"\0\0\0\0ab") == "\0\0\0\0ab"
    assert decode(b"one\0two\0three\0") == "one\0two\0three\0"


def test_a_line_that_is_no_utf_8_does_not_spoil_the_others() -> None:
    lines = decode("é\n".encode() + b"\xff\xff\xff\n" + "ü\n".encode()).split("\n")
    assert (lines[0], lines[2]) == ("é", "ü")


def test_half_a_character_at_a_cut_is_left_out() -> None:
    raw = "a€b€".encode()
    assert decode(raw[2:], cut_before=True) == "b€"
    assert decode(raw[:-1], cut_after=True) == "a€b"
    assert decode(raw[:-2], cut_after=True) == "a€b"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\r10%\r20%\r100%", "100%"),
        ("\r\x1b[32mcopying 10%\x1b[0m\r\x1b[32mcopying 20%\x1b[0m", "copying 20%"),
        ("long words\rshort", "shortwords"),
        ("long words\r\x1b[Kshort", "short"),
        ("long words\x1b[2K\rshort", "short"),
        ("long words\x1b[2K\x1b[1Gshort", "short"),
        ("\x1b[?25lwait |\b/\b-\x1b[?25h", "wait -"),
        ("12345\x1b[3Dab", "12ab5"),
        ("text\r", "text"),
        ("a\tb", "a\tb"),
        ("\x1b[2J\x1b[H\x1b]0;title\x07x", "\\x1b[2J\\x1b[H\\x1b]0;title\\x07x"),
        ("\x1b[31", "\\x1b[31"),
        ("\x9b2J", "\\x9b2J"),
        ("\b\b\x1b[9Dx", "x"),
        ("\x1b[99999999999Gx", "x"),
        ("\x1b[;5Kx", "\\x1b[;5Kx"),
    ],
)
def test_a_line_is_shown_in_its_last_state(raw, shown) -> None:
    assert Screen().line(raw) == shown


def test_colours_stay_where_they_are_shown_and_end_with_their_line() -> None:
    screen = Screen(colours=True)
    assert screen.line("a\x1b[31mred\x1b[0m") == "a\x1b[31mred\x1b[0m"
    assert screen.line("\x1b[1m\x1b[32mbold") == "\x1b[1m\x1b[32mbold\x1b[0m"
    assert screen.line("still") == "\x1b[1m\x1b[32mstill\x1b[0m"
    assert screen.line("\x1b[mplain\x1b[8mhidden\x1b[2J") == "plainhidden\\x1b[2J"


def test_colours_that_pile_up_stay_short() -> None:
    screen = Screen(colours=True)
    assert len(screen.line("\x1b[1m" * 10_000 + "x")) < 100
