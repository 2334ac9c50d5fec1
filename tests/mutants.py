"""Small breaks of a source text, each of which some test should notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "mutants_of"]

_FLIPS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv}
_SAYS_OR_WAITS = ("_log.", "time.sleep", "crash_point")
_WITH_DEFAULT = {"get": 2, "pop": 2, "next": 2, "getattr": 3}


@dataclass(frozen=True, slots=True)
class Mutant:
    """`text` is the whole source with the break in it, `statement` the first line of the statement that it is in."""

    line: int
    statement: int
    was: str
    now: str
    text: str


def mutants_of(source: str, platform: str) -> list[Mutant]:
    """Every break of a module, in the order of its lines. Left alone is what no caller could tell apart:

    - what only another platform or the checker of types runs; annotations, decorators, imports, `__all__`, docstrings and texts;
    - what is logged (a statement that calls the log), how something is printed for developers (`__repr__`, `repr=`);
    - how long a pause between two looks is (a statement that calls `sleep`), and points to crash at, which do nothing by themselves;
    - `return False` and other constants that are false, which would only become another false value, `None`.
    """
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    whole, made = source.encode(), []
    for node, new, statement in _changes(ast.parse(source), platform, 1):
        begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        now = ast.unparse(ast.fix_missing_locations(new))
        text = whole[:begin] + (f"({now})" if isinstance(new, ast.expr) else now).encode() + whole[end:]
        try:
            compile(text, "", "exec")
        except SyntaxError:  # such as a `del` of a call, or a number as a keyword
            continue
        made.append(Mutant(node.lineno, statement, ast.unparse(node), now, text.decode()))
    return sorted(made, key=lambda mutant: mutant.line)


def _changes(node: ast.AST, platform: str, statement: int) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST, int]]:
    if isinstance(node, ast.If) and (here := _known(node.test, platform)) is not None:
        for child in node.body if here else node.orelse:
            yield from _changes(child, platform, statement)
        return
    if isinstance(node, ast.expr | ast.stmt):
        if _is_left_alone(node):
            return
        if isinstance(node, ast.stmt):
            statement = node.lineno
        for new in _breaks(node):
            yield node, new, statement
        if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare | ast.Constant):
            yield node.test, ast.UnaryOp(ast.Not(), copy.deepcopy(node.test)), statement  # its branches change places
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not (isinstance(child, ast.keyword) and child.arg == "repr"):
                yield from _changes(child, platform, statement)


@dataclass(frozen=True)
class _Platform:
    platform: str


def _known(test: ast.expr, platform: str) -> bool | None:
    """What a test of the platform, or for the checker of types, always gives; None for one that asks more."""
    words = ast.unparse(test)
    if words == "TYPE_CHECKING":
        return False
    if isinstance(test, ast.Compare) and ast.unparse(test.left) == "sys.platform":
        return bool(eval(words, {"sys": _Platform(platform)}))
    return None


def _is_left_alone(node: ast.expr | ast.stmt) -> bool:
    """By the rules of `mutants_of`; the parts of a text have no place of their own."""
    match node:
        case ast.JoinedStr() | ast.Import() | ast.ImportFrom() | ast.FunctionDef(name="__repr__"):
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=called)):
            return ast.unparse(called).startswith(_SAYS_OR_WAITS)
        case ast.Assign(targets=[ast.Name(id="__all__" | "_log")]):
            return True
    return False


def _breaks(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]):
            for flip in _FLIPS[type(op)]:
                yield _with(node, ops=[flip()])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield copy.deepcopy(node.operand)
        case ast.BinOp(left=left, right=right) if type(node.op) in _OPERATORS:
            if not any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right)):
                yield _with(node, op=_OPERATORS[type(node.op)]())
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
        case ast.IfExp():
            yield _with(node, body=node.orelse, orelse=node.body)
        case ast.Call():
            yield from _without_default(node)
        case ast.Return(value=value) if value is not None and not (isinstance(value, ast.Constant) and not value.value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()


def _without_default(node: ast.Call) -> Iterator[ast.AST]:
    if any(word.arg == "default" for word in node.keywords):
        yield _with(node, keywords=[word for word in node.keywords if word.arg != "default"])
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if len(node.args) == _WITH_DEFAULT.get(name):
        yield _with(node, args=node.args[:-1])


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _with(node: ast.expr | ast.stmt, **fields: object) -> ast.AST:
    new = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(new, name, copy.deepcopy(value))
    return new
