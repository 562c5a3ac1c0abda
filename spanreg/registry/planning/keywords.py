"""Read from a function's source where its ``**kwargs`` go, and which of their names it uses itself."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from spanreg.registry.source.classes import definition_of, is_stub

SUPER, OWN = "super", "own"
# Code that uses its ``**kwargs`` only in these ways still rejects unknown names; any other use could accept them.
_READING_FUNCTIONS = {"dict", "len", "list", "set", "sorted", "tuple", "bool", "print", "repr", "str", "isinstance"}
"Built-in functions that do not change a dict."
_KEY_METHODS = {"pop", "get", "setdefault"}
"Methods of a dict whose first argument is a key."
_READING_METHODS = {"items", "keys", "values", "copy"}
"Methods that do not change a dict."


@dataclass(frozen=True, slots=True)
class KeywordCall:
    """A call that receives all of the ``**kwargs``, with its other arguments.

    ``super().__init__(3, size=5, **kwargs)`` is ``KeywordCall("super", "__init__", frozenset({"size"}), 1)``.
    """

    receiver: str
    "``super`` or ``own``: a method of the superclasses, or the class (or a method of it) itself."
    method: str
    names: frozenset[str] = frozenset()
    "Keyword arguments of the call."
    positions: int = 0
    "Number of positional arguments, without ``self``."
    superclass: str = ""
    "Name of the superclass if it is called by name: ``Base.__init__(self, **kwargs)``."


@dataclass(frozen=True, slots=True)
class KeywordUse:
    """Use of the ``**kwargs`` in one function.

    ``keyword_use(MaxMatchSegmenter.__init__).passed``
    """

    passed: tuple[KeywordCall, ...] = ()
    taken: frozenset[str] = frozenset()
    "Names that the function itself removes, reads or tests for."
    provided: frozenset[str] = frozenset()
    "Names that the function itself adds."
    is_known: bool = False
    "The source was available."
    is_open: bool = False
    "The function uses them in a way that can accept any name."


def keyword_use(function: Callable[..., Any]) -> KeywordUse:
    """Return how a function uses its ``**kwargs``, read from its source.

    Without source, the string constants of its code count as names that it uses itself, and where the others go is
    unknown.
    """
    # The wrapper of a decorator (``functools.wraps``) has another signature, but passes ``**kwargs`` unchanged.
    inner = inspect.unwrap(getattr(function, "__func__", function))
    return _use_of(inner) if inspect.isfunction(inner) else KeywordUse()


@lru_cache(maxsize=1024)
def _use_of(function: FunctionType) -> KeywordUse:
    node = definition_of(function) if is_stub(function) else _definition(function)
    if node is None:
        return _use_without_source(function.__code__)
    if node.args.kwarg is None:
        return KeywordUse(is_known=True)
    first = [*node.args.posonlyargs, *node.args.args][:1]
    owner = function.__qualname__.rpartition(".")[0].rpartition(".")[2]
    reader = _KeywordVisitor(node.args.kwarg.arg, first[0].arg if first else "", owner)
    reader.visit_all(node.body)
    return KeywordUse(tuple(reader.passed), frozenset(reader.taken), frozenset(reader.provided), True, reader.is_open)


def _use_without_source(code: CodeType) -> KeywordUse:
    """Return what compiled code shows: its string constants, and whether any call receives ``**``."""
    import dis  # slow to import and rarely needed

    taken = frozenset(one for one in code.co_consts if isinstance(one, str) and one.isidentifier())
    # Every call with ``**`` is compiled to this instruction; without one, the names stay in the function.
    is_kept = not any(one.opname == "CALL_FUNCTION_EX" for one in dis.get_instructions(code))
    return KeywordUse(taken=taken, is_known=is_kept, is_open=is_kept)


def _definition(function: FunctionType) -> ast.FunctionDef | None:
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    # A SyntaxError, because the source of a lambda is its whole line, which need not be a complete statement.
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    node = parsed[0] if len(parsed) == 1 else None
    return node if isinstance(node, ast.FunctionDef) and _matches(node, function) else None


def _matches(node: ast.FunctionDef, function: FunctionType) -> bool:
    """Return whether a definition matches a function, whose file may have changed since it was imported."""
    code = function.__code__
    named = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    count = code.co_argcount + code.co_kwonlyargcount
    return node.name == code.co_name and tuple(named) == code.co_varnames[:count]


@dataclass
class _KeywordVisitor(ast.NodeVisitor):
    """Visitor of a function's body; any use of the ``**kwargs`` that it does not recognize makes them open."""

    keywords: str
    first: str
    "Name of the first parameter, ``self`` or ``cls``."
    owner: str
    "Name of the class in which the function is written."
    passed: list[KeywordCall] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    provided: set[str] = field(default_factory=set)
    is_open: bool = False

    def visit_Name(self, node: ast.Name) -> None:
        self.is_open = self.is_open or node.id == self.keywords

    def visit_Call(self, node: ast.Call) -> None:
        receives = [keyword for keyword in node.keywords if keyword.arg is None and self._is_kwargs(keyword.value)]
        if receives and (target := self._target(node.func)) is not None:
            names = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
            starred = [isinstance(argument, ast.Starred) for argument in node.args]
            # What follows ``*args`` may be at any position, so only arguments before it count. A superclass that is
            # called by name also receives ``self``, which is not counted.
            positions = (starred.index(True) if True in starred else len(starred)) - bool(target[2])
            self.passed.append(KeywordCall(target[0], target[1], names, max(positions, 0), target[2]))
            self.visit_all(argument for argument in [*node.args, *node.keywords] if argument not in receives)
        elif isinstance(node.func, ast.Attribute) and self._is_kwargs(node.func.value):
            self._visit_method(node, node.func.attr)
        elif isinstance(node.func, ast.Name) and node.func.id in _READING_FUNCTIONS:
            self.visit_all(argument for argument in node.args if not self._is_kwargs(argument))
            self.visit_all(node.keywords)
        else:
            self.generic_visit(node)

    def _visit_method(self, node: ast.Call, method: str) -> None:
        """Record a call such as ``kwargs.pop("name")``."""
        if method in _KEY_METHODS and node.args and isinstance(node.args[0], ast.Constant):
            (self.provided if method == "setdefault" else self.taken).add(str(node.args[0].value))
        elif method == "update":
            self.provided.update(keyword.arg for keyword in node.keywords if keyword.arg is not None)
        elif method not in _READING_METHODS:
            self.is_open = True
        self.visit_all([*node.args, *node.keywords])

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Record ``kwargs["name"]``, read, set or deleted."""
        if not self._is_kwargs(node.value) or not isinstance(node.slice, ast.Constant):
            self.generic_visit(node)
        else:
            is_set = isinstance(node.ctx, ast.Store)
            (self.provided if is_set else self.taken).add(str(node.slice.value))

    def visit_Compare(self, node: ast.Compare) -> None:
        """Record ``"name" in kwargs``."""
        is_asked = isinstance(node.ops[0], ast.In | ast.NotIn) and self._is_kwargs(node.comparators[0])
        if is_asked and isinstance(node.left, ast.Constant) and len(node.ops) == 1:
            self.taken.add(str(node.left.value))
        else:
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Allow ``self.options = kwargs``, which stores them unchanged."""
        if not self._is_kwargs(node.value) or not all(isinstance(target, ast.Attribute) for target in node.targets):
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Allow ``if kwargs:``, which only tests for any."""
        # Also in ``if kwargs and ...`` and ``if not kwargs``.
        for condition in node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]:
            asked = condition.operand if isinstance(condition, ast.UnaryOp) else condition
            if not self._is_kwargs(asked):
                self.visit(condition)
        self.visit_all([*node.body, *node.orelse])

    def _target(self, called: ast.expr) -> tuple[str, str, str] | None:
        """Return what is called, whose method, and the named superclass; None for anything but the class or these."""
        if isinstance(called, ast.Name):
            return (OWN, "__init__", "") if called.id in (self.first, self.owner) else None
        if not isinstance(called, ast.Attribute):
            return None
        of, method = called.value, called.attr
        if isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "super":
            # ``super(Base, self)`` skips classes, so its target is another one than the next.
            is_next = not of.args or (isinstance(of.args[0], ast.Name) and of.args[0].id == self.owner)
            return (SUPER, method, "") if is_next else None
        name = ast.unparse(of)
        if method == "__init__":
            return None if name in (self.first, self.owner) else (SUPER, method, name.rpartition(".")[2])
        return (OWN, method, "") if name in (self.first, self.owner) else None

    def _is_kwargs(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.keywords

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        """Visit nodes in order."""
        for node in nodes:
            self.visit(node)
