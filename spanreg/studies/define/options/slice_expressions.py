"""Slices of a study: a name whose values divide the examples, or a condition in a small language without calls."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from spanreg.registry import ConfigurationError, MistakeCollector, Problem, within

MOST_CHARACTERS = 500
"Longest slice, in characters."

_HINT = (
    "give 'length', 'coverage', 'label', the name of a column, or a condition such as "
    "\"length > 20 and label == 'yes'\""
)
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


@dataclass(frozen=True, slots=True)
class SliceSpec:
    """A slice of a study file.

    ``read_slice("length > 20").holds({"length": 25})``
    """

    text: str
    names: tuple[str, ...]
    "Names of the values that it reads."
    condition: ast.expr | None = None
    "The condition; None for a name whose values divide the examples."

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Return whether the condition holds for an example.

        Args:
            values: the example's values by name.

        Raises:
            ConfigurationError: values of two kinds are compared, such as a text and a number.
        """
        assert self.condition is not None
        try:
            return bool(_evaluate(self.condition, values))
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"'{self.text}' compares values of different kinds", hint=str(error)) from error


def read_slice(text: str) -> SliceSpec:
    """Return a slice as a study file writes it.

    A condition consists of names, numbers, strings, lists, comparisons, ``in``, ``and``, ``or`` and ``not``. It is read
    as a syntax tree and evaluated here; nothing in it is ever run as code.

    Raises:
        ConfigurationError: it is empty, too long, or a condition with something else in it.
    """
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise ConfigurationError(f"expected 1 to {MOST_CHARACTERS} characters", hint=_HINT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escape sequences
            tree = ast.parse(text.strip(), mode="eval").body
    # The last two are raised by Python's parser for deeply nested expressions.
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        tree = None
    is_negation = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    if tree is not None and (isinstance(tree, ast.Compare | ast.BoolOp) or is_negation):
        if found := dict.fromkeys(ast.get_source_segment(text.strip(), part) or text for part in _foreign_parts(tree)):
            raise ConfigurationError(
                [Problem(f"'{part}' is not allowed in a condition", hint=_HINT) for part in found], relative=True
            )
        names = dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
        return SliceSpec(text, tuple(names), tree)
    # A column may have any name, but none that looks like a condition that cannot be read.
    if any(sign in text for sign in "<>=()"):
        raise ConfigurationError(f"'{text}' is not a condition that can be read", hint=_HINT)
    return SliceSpec(text, (text.strip(),))


def read_slices(texts: Sequence[str] | None) -> list[str]:
    """Return the slices of a study file after checking that each can be read.

    Raises:
        ConfigurationError: some cannot be read; all of them at once.
    """
    mistakes = MistakeCollector()
    for place, text in enumerate(texts or ()):
        with mistakes, within(f"slices.{place}"):
            read_slice(text)
    mistakes.raise_all()
    return list(texts or ())


def _foreign_parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the outermost parts of a condition that are not in the language."""
    # A list of what is allowed rather than of what is not: a new kind of node in Python stays outside.
    allowed = True
    match node:
        case ast.BoolOp(values=values):
            parts = list(values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            parts = [operand]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            parts = []
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [left, *comparators]
            allowed = all(type(one) in _COMPARISONS for one in ops)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            parts = list(items)
        case _:
            parts = []
            allowed = isinstance(node, ast.Name) or (
                isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None)
            )
    if not allowed:
        yield node
        return
    for part in parts:
        yield from _foreign_parts(part)


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Return the value of a part of a condition for an example."""
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_evaluate(part, values) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_evaluate(part, values) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _evaluate(operand, values)
        case ast.UnaryOp(operand=ast.Constant(value=number)):
            return -number  # type: ignore[operator]  # ``_foreign_parts`` lets numbers alone pass
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [_evaluate(side, values) for side in (left, *comparators)]
            return all(_compare(op, *pair) for op, pair in zip(ops, pairwise(sides), strict=True))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_evaluate(item, values) for item in items]
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=constant):
            return constant
    raise AssertionError(node)


def _compare(op: ast.cmpop, one: Any, other: Any) -> bool:
    """Return whether a comparison of two values holds.

    Raises:
        TypeError, ValueError: the values cannot be compared.
    """
    if isinstance(op, ast.In | ast.NotIn) and isinstance(other, list):
        # By the rules of ``==``, so that ``year in [2001, 2002]`` finds the texts of a table, too.
        return any(_compare(ast.Eq(), one, item) for item in other) is isinstance(op, ast.In)
    # A missing value is equal to None alone, and neither above nor below anything.
    if (one is None or other is None) and not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return False
    # Readers of tables return columns as texts: one that is compared with a number is read as a number.
    if isinstance(one, str) and _is_number(other):
        one = float(one)
    elif _is_number(one) and isinstance(other, str) and not isinstance(op, ast.In | ast.NotIn):
        other = float(other)
    return _COMPARISONS[type(op)](one, other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
