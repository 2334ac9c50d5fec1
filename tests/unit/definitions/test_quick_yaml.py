"""What libyaml reads quickly is what ruamel.yaml would have read, at the same places; the rest is left to that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.definitions.careful_yaml import careful_nodes
from workflow_scheduler.definitions.quick_yaml import quick_nodes
from workflow_scheduler.definitions.source_map import read_trees
from workflow_scheduler.definitions.yaml_node import Node, Unreadable
from workflow_scheduler.domain.errors import InvalidInput

WORDS = ["id: w", "tasks:", "  - ", "- ", "a: b", "a:b", "{", "}", "[", "]", ", ", ": ", '"x: y"', "'it''s'", '"a\\nb"']
WORDS += ['"a\\/b"', "|\n  text\n   more\n", ">\n  fold\n  ed\n\n  x\n", "# c", " #c", "\n", "\n\n", "  ", "0 1 * * *"]
WORDS += ['"0 1 * * *"', "---\n", "...\n", "null", "~", "012", "1_000", "yes", "1:30", "{a:b}", "x#y", "é", "😀", "\\"]
WORDS += ['"\\x41"', "%x", "-", "--", "?x", "x?", "a, b", ":x", "x:", "- - a", '"multi\n  line"', "'multi\n\n  line'"]
WORDS += [
    "plain\n  more",
    '"\\\n  x"',
    "|-\n  t\n",
    ">+\n  t\n\n",
    "|2\n   t\n",
    "=",
    "<",
    ">x",
    "@",
    "`",
    "'",
    '"',
    "<<",
]
WORDS += ["\r\n", "\r\n  ", "\ufeff", "\u00a0", "\x7f", "\x01", "!t", "&a", "*a", "\t", "\r", "\x85", "\u2028"]


def shown(node: Node):
    """A node with its places; an empty value's is not shown to anybody."""
    place = (node.start_mark.line, node.start_mark.column)
    if node.id == "scalar":
        return node.value, bool(node.style), place if node.value else None
    if node.id == "sequence":
        return [shown(item) for item in node.value], place
    return {"map": [(shown(key), shown(value)) for key, value in node.value]}, place


def documents(nodes):
    return [shown(node) for node in nodes if node.value != ""]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
def test_both_readers_agree(text: str) -> None:
    quick = quick_nodes(text)
    if quick is None:
        return
    assert documents(quick) == documents(careful_nodes(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "id: w\ntasks: [{id: a, command: echo}]\n---\nid: v\n",
        "cron: 0 1 * * *\n",
        "a: |\n  b\n",
        'a: "x\\ty"',
    ],
)
def test_ordinary_text_is_read_quickly(text: str) -> None:
    assert quick_nodes(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "a:\tb",
        "%YAML 1.1\n---\na: b",
        "a: !!str 1",
        "a: &x 1\nb: *x",
        "? a\n: b",
        "<<: {a: b}",
        "a: b\rc: d",
        "a: [",
        "a: 'b",
        "[" * 60 + "]" * 60,
        "- " * 60 + "a",
        "".join(f"{' ' * level}a:\n" for level in range(60)),
    ],
)
def test_the_rest_is_left_to_the_careful_reader(text: str) -> None:
    assert quick_nodes(text) is None


def test_deep_text_does_not_reach_libyaml() -> None:
    for text in ("".join(f"{' ' * level}a:\n" for level in range(5_000)), "- " * 100_000 + "a"):
        assert quick_nodes(text) is None


def test_a_mistake_has_its_place_whoever_reads() -> None:
    with pytest.raises(InvalidInput, match=r"f\.yaml:2:9: invalid YAML"):
        list(read_trees("a: 1\nb: [1, 2", "f.yaml"))
    with pytest.raises(Unreadable) as raised:
        list(careful_nodes("a: 1\n\tb: 2"))
    assert raised.value.line == 2
