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
_WITH_DEFAULT = {"get": 2, "pop": 2, "next": 2, "getattr": 3}


@dataclass(frozen=True, slots=True)
class Mutant:
    """`text` is the whole source with the break in it."""

    line: int
    was: str
    now: str
    text: str


def mutants_of(source: str, platform: str) -> list[Mutant]:
    """Every break of a module, in the order of its lines. What only another platform runs, what is logged, the texts, the
    annotations and the decorators are left alone."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    whole, made = source.encode(), []
    for node, new in _changes(ast.parse(source), platform):
        begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        now = ast.unparse(ast.fix_missing_locations(new))
        text = whole[:begin] + (f"({now})" if isinstance(new, ast.expr) else now).encode() + whole[end:]
        try:
            compile(text, "", "exec")
        except SyntaxError:  # such as a `del` of a call, or a number as a keyword
            continue
        made.append(Mutant(node.lineno, ast.unparse(node), now, text.decode()))
    return sorted(made, key=lambda mutant: mutant.line)


def _changes(node: ast.AST, platform: str) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST]]:
    if isinstance(node, ast.If) and "sys.platform" in ast.unparse(node.test):
        here = eval(compile(ast.Expression(node.test), "", "eval"), {"sys": _Platform(platform)})
        for child in node.body if here else node.orelse:
            yield from _changes(child, platform)
        return
    if isinstance(node, ast.expr | ast.stmt):
        if _is_left_alone(node):
            return
        for new in _breaks(node):
            yield node, new
        if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare | ast.Constant):
            yield node.test, ast.UnaryOp(ast.Not(), copy.deepcopy(node.test))  # its branches change places
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _changes(child, platform)


@dataclass(frozen=True)
class _Platform:
    platform: str


def _is_left_alone(node: ast.expr | ast.stmt) -> bool:
    """Texts, the parts of which have no place of their own; the log; names that are exported; who may import what."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or ast.unparse(node).startswith(("_log.", "log."))
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "_log")


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
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
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
