"""YAML text to plain values, every scalar as written, with the line and column of each. Bounded in every direction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["MAX_BYTES", "Path", "Tree", "read_trees"]

MAX_BYTES = 32_000_000
MAX_DEPTH = 50
MAX_VALUES_OF_ALIASES = 100_000
Path = tuple[str | int, ...]
_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in (["str", "int", "float", "bool", "null", "map", "seq", "merge", "timestamp", "value"])
}
_NULLS = {"", "~", "null", "Null", "NULL"}


class Tree:
    """One YAML document: its plain value, and where each part of it stands."""

    def __init__(self, source: str, node: Node) -> None:
        self.source = source
        self._marks: dict[Path, tuple[int, int]] = {}
        self._seen: set[int] = set()
        self._repeated = 0
        self.value = self._plain(node, (), repeated=False)

    def place(self, path: Path) -> str:
        """`file:line:column` of the part, or of the nearest one around it."""
        while path not in self._marks and path:
            path = path[:-1]
        line, column = self._marks.get(path, (1, 1))
        return f"{self.source}:{line}:{column}"

    def _plain(self, node: Node, path: Path, *, repeated: bool) -> Any:
        self._marks.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if len(path) > MAX_DEPTH:
            raise self._error(node, f"nested more than {MAX_DEPTH} levels deep; write it flatter")
        repeated = repeated or id(node) in self._seen
        self._seen.add(id(node))
        self._repeated += repeated
        if self._repeated > MAX_VALUES_OF_ALIASES:
            raise self._error(node, "the aliases stand for too many values; write them out")
        if node.tag and str(node.tag) not in _TAGS:
            raise self._error(node, f"the tag {node.tag} is not allowed; remove it")
        if isinstance(node, ScalarNode):
            return None if node.style is None and node.value in _NULLS else node.value
        if isinstance(node, SequenceNode):
            return [self._plain(item, (*path, at), repeated=repeated) for at, item in enumerate(node.value)]
        return self._mapping(node, path, repeated)

    def _mapping(self, node: Node, path: Path, repeated: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise self._error(key_node, "a name is expected here; write `name: value`")
            key = key_node.value
            if key == "<<" and key_node.style is None:
                for part in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
                    if not isinstance(part, MappingNode):
                        raise self._error(part, "'<<' takes a mapping; write `<<: *name`")
                    merged = {**self._mapping(part, path, True), **merged}
                continue
            if key in found:
                raise self._error(key_node, f"{key!r} stands here twice; remove one")
            self._marks[*path, key] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            found[key] = self._plain(value_node, (*path, key), repeated=repeated)
        return {**merged, **found}

    def _error(self, node: Node, what: str) -> InvalidInput:
        return InvalidInput(f"{self.source}:{node.start_mark.line + 1}:{node.start_mark.column + 1}: {what}.")


def read_trees(text: str, source: str) -> Iterator[Tree]:
    """Each document of the text; empty ones are passed over. InvalidInput names the line and column."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"{source}:1:1: the file has more than {MAX_BYTES // 1_000_000} MB; split it.")
    try:
        for node in YAML(typ="safe", pure=True).compose_all(text):
            if not (isinstance(node, ScalarNode) and node.value == ""):
                yield Tree(source, node)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        raise InvalidInput(f"{source}:{place}: this is not YAML: {error.problem or error.context}.") from None
    except YAMLError as error:
        raise InvalidInput(f"{source}:1:1: this is not YAML: {' '.join(str(error).split())[:200]}.") from None
    except RecursionError:
        raise InvalidInput(f"{source}:1:1: nested too deeply; write it flatter.") from None
