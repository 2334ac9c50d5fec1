"""Reads ordinary YAML with libyaml, fifteen times as fast as ruamel.yaml, which reads the rest and says what is wrong.

libyaml reads YAML 1.1 and ruamel.yaml 1.2. What they could understand differently is not ordinary: directives, tags, anchors
and aliases, explicit keys, tabs, and line breaks other than newline and those of Windows. Nor is deep nesting, which is refused with a sentence.
"""

from __future__ import annotations

import itertools
import re
from typing import cast

from yaml import YAMLError, compose_all

try:
    from yaml import CSafeLoader
except ImportError:  # built without libyaml
    CSafeLoader = None  # type: ignore[assignment,misc]

from .yaml_node import Node

__all__ = ["quick_nodes"]

_UNUSUAL = re.compile(
    r"\r(?!\n)|[\t\x85\u2028\u2029\ufeff\0]|^%|^\.\.\.|(?:^|[-:?,\[{(]) *[&*!?@`]|[^\s\[{,:]:[\[{]|<<|^[ -]{50}",
    re.MULTILINE,
)
"""The last one: libyaml before 0.2.6 goes as deep as the text does, until its stack is full. Each level begins further right."""
_BRACKETS = re.compile(r"[\[\]{}]")
_DEEPEST = 40
"""Levels of brackets, counted in texts and comments too."""


def quick_nodes(text: str) -> list[Node] | None:
    """The node of each document; None if ruamel.yaml has to read it."""
    if CSafeLoader is None or _UNUSUAL.search(text) or _depth(text) > _DEEPEST:
        return None
    try:
        return cast("list[Node]", list(compose_all(text, Loader=CSafeLoader)))
    except (YAMLError, ValueError, RecursionError):
        return None


def _depth(text: str) -> int:
    steps = (1 if bracket[0] in "[{" else -1 for bracket in _BRACKETS.finditer(text))
    return max(itertools.accumulate(steps), default=0)
