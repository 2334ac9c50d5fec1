"""YAML or JSON to plain values, every scalar as written, with line and column. All sizes are bounded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from workflow_scheduler.domain.errors import InvalidInput

from .quick_yaml import quick_nodes
from .yaml_node import MAX_DEPTH, TOO_DEEP, Node, Unreadable

__all__ = ["MAX_BYTES", "Mistake", "Path", "Tree", "read_trees"]

MAX_BYTES = 32_000_000
MAX_VALUES_OF_ALIASES = 100_000
Path = tuple[str | int, ...]
_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in (["str", "int", "float", "bool", "null", "map", "seq", "merge", "timestamp", "value"])
}
_NULLS = {"", "~", "null", "Null", "NULL"}


class Mistake(NamedTuple):
    """A sentence about a place in a file. Mistakes sort by place."""

    source: str
    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: {self.sentence}"


class Tree:
    """One document: its plain value, the position of each part, and mistakes that did not keep it from being read."""

    def __init__(
        self,
        source: str,
        value: Any,
        marks: Callable[[], Mapping[Path, tuple[int, int]]],
        mistakes: Sequence[Mistake] = (),
    ) -> None:
        self.source = source
        self.value = value
        self.mistakes = tuple(mistakes)
        self._marks = marks
        self._names: Mapping[Path, Path] = {}

    def place(self, path: Path) -> str:
        """`file:line:column` of the part, or of the nearest one around it."""
        line, column = self._position(path)
        return f"{self.source}:{line}:{column}"

    def mistake(self, path: Path, sentence: str) -> Mistake:
        """A mistake in the part, or in the nearest one around it."""
        return Mistake(self.source, *self._position(path), sentence)

    def renamed(self, names: Mapping[Path, Path]) -> Tree:
        """The same, where each path in `names` has the position of its value there."""
        tree = Tree(self.source, self.value, self._marks, self.mistakes)
        tree._names = names
        return tree

    def _position(self, path: Path) -> tuple[int, int]:
        marks = self._marks()
        path = self._names.get(path, path)
        while path not in marks and path:
            path = path[:-1]
        return marks.get(path, (1, 1))


class _Reading:
    """Converts the nodes of one YAML document. `before`: lines of the file before it."""

    def __init__(self, source: str, node: Node, before: int = 0) -> None:
        self.marks: dict[Path, tuple[int, int]] = {}
        self._source = source
        self._before = before
        self._seen: set[int] = set()
        self._repeated = 0
        self.mistakes: list[Mistake] = []
        self.value = self._plain(node, (), repeated=False)

    def tree(self) -> Tree:
        return Tree(self._source, self.value, lambda: self.marks, self.mistakes)

    def _mark(self, node: Node) -> tuple[int, int]:
        return self._before + node.start_mark.line + 1, node.start_mark.column + 1

    def _plain(self, node: Node, path: Path, *, repeated: bool) -> Any:
        self.marks.setdefault(path, self._mark(node))
        if len(path) > MAX_DEPTH:
            raise self._error(node, TOO_DEEP)
        repeated = repeated or id(node) in self._seen
        self._seen.add(id(node))
        self._repeated += repeated
        if self._repeated > MAX_VALUES_OF_ALIASES:
            raise self._error(node, "the aliases expand to too many values; write them out")
        if node.tag and str(node.tag) not in _TAGS:
            self._note(node, f"the tag {node.tag} is not allowed; remove it")
        if node.id == "scalar":
            if not _storable(node.value):
                self._note(node, "contains a NUL character or half a surrogate pair; remove it")
                return "".join(filter(_storable, node.value))
            return None if not node.style and node.value in _NULLS else node.value
        if node.id == "sequence":
            return [self._plain(item, (*path, at), repeated=repeated) for at, item in enumerate(node.value)]
        return self._mapping(node, path, repeated)

    def _mapping(self, node: Node, path: Path, repeated: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                self._note(key_node, "expected a name here; write `name: value`")
                continue
            key = self._plain(key_node, path, repeated=repeated) or key_node.value
            if key == "<<" and not key_node.style:
                for part in value_node.value if value_node.id == "sequence" else [value_node]:
                    if part.id != "mapping":
                        self._note(part, "'<<' takes a mapping; write `<<: *name`")
                        continue
                    merged = {**self._mapping(part, path, True), **merged}
                continue
            if key in found:
                self._note(key_node, f"{key!r} occurs twice here; remove one")
                continue
            self.marks[*path, key] = self._mark(key_node)
            found[key] = self._plain(value_node, (*path, key), repeated=repeated)
        return {**merged, **found}

    def _note(self, node: Node, sentence: str) -> None:
        self.mistakes.append(Mistake(self._source, *self._mark(node), f"{sentence}."))

    def _error(self, node: Node, sentence: str) -> InvalidInput:
        return InvalidInput(str(Mistake(self._source, *self._mark(node), f"{sentence}.")))


def read_trees(text: str, source: str) -> Iterator[Tree]:
    """Each document of the text, without empty ones. InvalidInput names the line and column."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"{source}:1:1: the file has more than {MAX_BYTES // 1_000_000} MB; split it.")
    if (trees := _json_trees(text, source)) is not None:
        yield from trees
        return
    try:
        for node in _nodes(text):
            if node.value != "":
                yield _Reading(source, node).tree()
    except Unreadable as error:
        raise InvalidInput(f"{source}:{error.line}:{error.column}: {error}.") from None


def _nodes(text: str) -> Iterable[Node]:
    nodes = quick_nodes(text)
    if nodes is not None:
        return nodes
    from .careful_yaml import careful_nodes  # noqa: PLC0415  ruamel.yaml is seldom needed

    return careful_nodes(text)


def _storable(text: str) -> bool:
    """Whether every database can store it."""
    return "\0" not in text and (text.isprintable() or not any("\ud800" <= char <= "\udfff" for char in text))


def _json_trees(text: str, source: str) -> list[Tree] | None:
    """Parse JSON with its own parser, fifty times as fast as YAML's. None for other text and for what YAML must refuse."""
    trees = []
    before = 0
    for part in text.split("\n---\n"):
        if not part.lstrip().startswith("{"):
            return None
        try:
            value = json.loads(
                part, object_pairs_hook=_each_once, parse_int=str, parse_float=str, parse_constant=_refuse
            )
            trees.append(Tree(source, _as_written(value, 0), partial(_marks_of, part, source, before)))
        except (ValueError, RecursionError):
            return None
        before += part.count("\n") + 2
    return trees


@lru_cache(maxsize=1)
def _marks_of(part: str, source: str, before: int) -> Mapping[Path, tuple[int, int]]:
    """Positions are computed only when a message needs them; none are known where YAML refuses what JSON accepts."""
    try:
        return _Reading(source, next(iter(_nodes(part))), before).marks
    except (Unreadable, InvalidInput):
        return {(): (before + 1, 1)}


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    if not all(map(_storable, found)):
        raise ValueError("a name cannot be stored")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _as_written(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {name: _as_written(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_written(part, depth + 1) for part in value]
    if isinstance(value, str) and not _storable(value):
        raise ValueError("a text cannot be stored")
    return str(value).lower() if isinstance(value, bool) else value
