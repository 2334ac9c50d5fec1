"""Reads any YAML with ruamel.yaml, and says what is wrong with it. Imported when it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import Scanner, ScannerError
from ruamel.yaml.tokens import Token

from .yaml_node import MAX_DEPTH, TOO_DEEP, Node, Unreadable

__all__ = ["careful_nodes"]

MAX_NAME = 200
"""The most characters of a tag or an anchor: ruamel.yaml needs quadratic time for them."""
_TOO_LONG = f"a name has more than {MAX_NAME} characters; choose a shorter one"


def careful_nodes(text: str) -> Iterator[Node]:
    """The node of each document."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer, yaml.Scanner = _Composer, _Scanner
    try:
        yield from yaml.compose_all(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        before = "" if error.problem in (TOO_DEEP, _TOO_LONG) else "invalid YAML: "
        raise Unreadable(f"{before}{error.problem or error.context}", *place) from None
    except YAMLError as error:
        raise Unreadable(f"invalid YAML: {' '.join(str(error).split())[:200]}") from None
    except (ValueError, OverflowError, RecursionError) as error:  # of a directive's number, of an escape
        raise Unreadable(f"invalid YAML: {str(error)[:200]}") from None


class _Scanner(Scanner):
    """Refuses absurdly long names."""

    def scan_tag(self) -> Token:
        start = self.reader.get_mark()
        token: Token = super().scan_tag()
        if self.reader.get_mark().index - start.index > MAX_NAME:
            raise ScannerError(problem=_TOO_LONG, problem_mark=start)
        return token

    def scan_anchor(self, TokenClass: Any) -> Token:  # noqa: N803  ruamel's own
        token: Token = super().scan_anchor(TokenClass)
        if token.end_mark.index - token.start_mark.index > MAX_NAME:
            raise ScannerError(problem=_TOO_LONG, problem_mark=token.start_mark)
        return token


class _Composer(Composer):
    """Refuses deep nesting, for which the parser needs quadratic time."""

    _depth = 0

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False  # each warning is ten lines on standard error

    def compose_node(self, parent: Any, index: int) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH + 1:
            mark = self.loader.parser.peek_event().start_mark
            raise ComposerError(problem=TOO_DEEP, problem_mark=mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node
