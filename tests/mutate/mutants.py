"""The faults that can be put into a file: each one a piece of it that reads otherwise."""

import ast
import copy
import difflib
import hashlib
from dataclasses import dataclass
from functools import cache

SWAPPED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
TAKES_CONDITIONS = {"filter", "exclude", "get", "update", "alias", "update_or_create", "get_or_create"}
LEFT_AWAY = {"exclude", "distinct", "order_by", "select_for_update"}
SMALL = 20  # a limit of thousands that is off by one is no fault; twice as high it is
NO_BEHAVIOUR = {"log", "models"}  # what goes into a log; columns are the migrations' business


@dataclass(frozen=True)
class Mutant:
    file: str
    source: str
    start: int
    end: int
    text: str

    @property
    def mutated(self):
        raw = self.source.encode()
        return (raw[: self.start] + self.text.encode() + raw[self.end :]).decode()

    @property
    def line(self):
        return self.source.encode()[: self.start].count(b"\n") + 1

    @property
    def function(self):
        return f"{self.file}::{function_at(self.source, self.line)}"

    @property
    def diff(self):
        before, after = self.source.splitlines(keepends=True), self.mutated.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, self.file, self.file, n=2))

    @property
    def key(self):
        """The same as long as its piece of code is, wherever in its function that has moved."""
        lines = [line for line in self.diff.splitlines() if not line.startswith("@@")]
        return hashlib.sha256("\n".join([self.function, *lines]).encode()).hexdigest()[:16]


@cache
def _functions(source):
    """[(first line, last line, name)], those inside of others behind them."""
    found, waiting = [], [(ast.parse(source), "")]
    for node, name in waiting:
        for below in ast.iter_child_nodes(node):
            is_named = isinstance(below, ast.FunctionDef | ast.ClassDef)
            waiting.append((below, f"{name}.{below.name}".strip(".") if is_named else name))
            if isinstance(below, ast.FunctionDef):
                found.append((below.lineno, below.end_lineno, waiting[-1][1]))
    return found


def function_at(source, line):
    """The name of the innermost function that holds this line, or ""."""
    return next((name for first, last, name in reversed(_functions(source)) if first <= line <= last), "")


def mutants_of(file, source):
    """Those that can still be compiled, each once, in the order of the file."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for first, last, text in _faults(ast.parse(source)):
        start = starts[first.lineno - 1] + first.col_offset
        end = starts[last.end_lineno - 1] + last.end_col_offset
        mutant = Mutant(file, source, start, end, text)
        if _reads_otherwise(mutant):
            found[mutant.mutated] = mutant
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.text))


def _reads_otherwise(mutant):
    try:
        return ast.dump(ast.parse(mutant.mutated)) != ast.dump(ast.parse(mutant.source))
    except SyntaxError:
        return False


def _faults(node):
    """(first node, last node, what stands there instead) of everything below."""
    for below in _looked_into(node):
        for kind, faults in OF_A_NODE.items():
            if isinstance(below, kind):
                yield from faults(below)
        yield from _faults(below)


def _looked_into(node):
    """Not what Python or a translator reads alone: annotations, decorators, texts; nor what stands in an f-string."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for below in value if isinstance(value, list) else [value]:
            if isinstance(below, ast.AST) and not isinstance(below, ast.JoinedStr) and not _is_no_behaviour(below):
                yield below


def _is_no_behaviour(node):
    call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return isinstance(node, ast.ClassDef) and node.name == "Meta"
    return isinstance(call.func.value, ast.Name) and call.func.value.id in NO_BEHAVIOUR


def _instead(node, text):
    return node, node, text


def _with(node, **fields):
    """The node with other fields, in the place of the node."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return _instead(node, f"({ast.unparse(other)})")


def _comparisons(node):
    for n, operator in enumerate(node.ops):
        yield _with(node, ops=[*node.ops[:n], SWAPPED[type(operator)](), *node.ops[n + 1 :]])


def _operators(node):
    if type(node.op) in SWAPPED:
        yield _with(node, op=SWAPPED[type(node.op)]())


def _negations(node):
    if isinstance(node.op, ast.Not | ast.Invert):
        yield _instead(node, f"({ast.unparse(node.operand)})")


def _conditions(node):
    yield _instead(node.test, f"(not ({ast.unparse(node.test)}))")


def _choices(node):
    for condition in node.ifs:
        yield _instead(condition, "True")


def _constants(node):
    if isinstance(node.value, bool):
        yield _instead(node, str(not node.value))
    elif isinstance(node.value, int | float):
        others = [node.value - 1, node.value + 1] if abs(node.value) <= SMALL else [node.value * 2]
        yield from (_instead(node, f"({other})") for other in others)


def _dropped(node):
    yield _instead(node, "pass")


def _dropped_call(node):
    if isinstance(node.value, ast.Call):
        yield _instead(node, "pass")


def _dropped_where_no_name_is_missing(node):
    if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
        yield _instead(node, "pass")


def _returns(node):
    if node.value is None:
        return
    yield _instead(node, "return None")
    if isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Call | ast.Constant):
        yield from (_instead(node, f"return {answer}") for answer in (True, False))


def _swallowed(node):
    yield node.body[0], node.body[-1], "pass"


def _arguments(node):
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in LEFT_AWAY and isinstance(node.func, ast.Attribute):
        yield _instead(node, ast.unparse(node.func.value))
    if name in TAKES_CONDITIONS or (name == "Q" and len(node.args) + len(node.keywords) > 1):
        for n in range(len(node.args)):
            yield _with(node, args=[*node.args[:n], *node.args[n + 1 :]])
        for n in range(len(node.keywords)):
            yield _with(node, keywords=[*node.keywords[:n], *node.keywords[n + 1 :]])


OF_A_NODE = {
    ast.Compare: _comparisons,
    ast.BoolOp: _operators,
    ast.BinOp: _operators,
    ast.UnaryOp: _negations,
    ast.If | ast.IfExp | ast.While: _conditions,
    ast.comprehension: _choices,
    ast.Constant: _constants,
    ast.Expr: _dropped_call,
    ast.Assign: _dropped_where_no_name_is_missing,
    ast.AugAssign | ast.Raise | ast.Delete | ast.Continue | ast.Break: _dropped,
    ast.Return: _returns,
    ast.ExceptHandler: _swallowed,
    ast.Call: _arguments,
}
