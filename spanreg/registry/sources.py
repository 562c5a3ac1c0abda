"""Classes known from their source alone.

Importing a component may cost seconds (torch, transformers), but its name, signature, types and docs stand in its
source. A *stand-in* is a light class made from that source: same name, same bases, same ``__init__`` signature, no
bodies. Listing and checking work with stand-ins; construction swaps in the real class.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic

UNKNOWN_DEFAULT: Any = type("UnknownDefault", (), {"__repr__": lambda self: "..."})()
"A default that is not a literal: it exists, and its value is known only after import."


class StandIn:
    """Base of all stand-ins; ``spanreg_source`` says which class is meant."""

    spanreg_source: ClassVar[tuple[str, str]] = ("", "")


class OpaqueType(type):
    """Any attribute or subscript of something opaque is opaque too."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return opaque(name, f"{cls.__module__}.{cls.__name__}")

    def __getitem__(cls, item: Any) -> Any:
        return cls


class Opaque(metaclass=OpaqueType):
    """Base of stand-ins for names of packages whose source is not read, such as ``torch.Tensor``."""


def opaque(name: str, module: str) -> type:
    """A type of which nothing but the name is known."""
    return OpaqueType(name, (Opaque,), {"__module__": module})


def current(target: type) -> type:
    """The real class behind a stand-in whose module is imported by now; anything else unchanged."""
    if issubclass(target, StandIn):
        module, name = target.spanreg_source
        return getattr(sys.modules.get(module), name, target)
    return target


def load(target: Any) -> Any:
    """The real class behind a stand-in; anything else unchanged."""
    if isinstance(target, type) and issubclass(target, StandIn):
        module, name = target.spanreg_source
        return getattr(importlib.import_module(module), name)
    return target


def key_of(target: type) -> str:
    """The same key for a class and its stand-in: ``module:qualified name``."""
    if issubclass(target, StandIn):
        return ":".join(target.spanreg_source)
    return f"{target.__module__}:{target.__qualname__}"


def line_of(target: Any) -> int:
    """Line of a class or function in its file; 0 where there is no source."""
    if isinstance(target, type) and issubclass(target, StandIn):
        module, name = target.spanreg_source
        source = source_of(module)
        return source.definitions[name].lineno if source is not None else 0
    try:
        return inspect.getsourcelines(target)[1]
    except (OSError, TypeError):
        return 0


class Source(dict[str, Any]):
    """The top-level names of one module, resolved on demand without importing it."""

    def __init__(self, module: str, file: Path) -> None:
        super().__init__()
        self.module, self.file = module, file
        self.tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
        self.definitions = {name: node for node in _statements(self.tree.body) for name in _names_bound(node)}

    def __missing__(self, name: str) -> Any:
        if name not in self.definitions:
            if hasattr(builtins, name):
                return getattr(builtins, name)
            raise KeyError(name)
        self[name] = value = self._value(name, self.definitions[name])
        return value

    def _value(self, name: str, node: ast.stmt) -> Any:
        if isinstance(node, ast.ClassDef):
            return stand_in(self.module, name)
        if isinstance(node, ast.Import | ast.ImportFrom):
            return _imported(self.module, node, name)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            return self.evaluate(node.value)
        raise KeyError(name)

    def evaluate(self, expression: ast.expr) -> Any:
        """The value of a type expression or a constant."""
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            expression = ast.parse(expression.value, mode="eval").body
        return eval(compile(ast.Expression(expression), str(self.file), "eval"), {"__builtins__": {}}, self)

    def literal(self, expression: ast.expr | None) -> Any:
        """A default: its value where it is written as a literal."""
        if expression is None:
            return inspect.Parameter.empty
        try:
            return ast.literal_eval(expression)
        except ValueError:
            return UNKNOWN_DEFAULT


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Top-level statements, with those below ``if TYPE_CHECKING:``."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _statements(node.body)
        else:
            yield node


def _names_bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _imported(importer: str, node: ast.Import | ast.ImportFrom, name: str) -> Any:
    alias = next(alias for alias in node.names if (alias.asname or alias.name).split(".")[0] == name)
    if isinstance(node, ast.Import):
        return _module_or_opaque(alias.name if alias.asname else name)
    module = node.module or ""
    if node.level:
        package = importer.split(".")[: -node.level]
        module = ".".join([*package, module]) if module else ".".join(package)
    return lookup(module, alias.name)


def lookup(module: str, name: str) -> Any:
    """A name of a module: the real thing where that costs nothing, else a stand-in, else something opaque."""
    if module.split(".")[0] in sys.stdlib_module_names:
        importlib.import_module(module)
    loaded = sys.modules.get(module)
    if loaded is not None and hasattr(loaded, name):
        return getattr(loaded, name)
    source = source_of(module)
    if source is None:
        return opaque(name, module)
    return source[name]


def _module_or_opaque(module: str) -> Any:
    if module.split(".")[0] in sys.stdlib_module_names:
        return importlib.import_module(module)
    return sys.modules.get(module) or opaque(module, module)


INDEXED: dict[str, Path] = {}
"Packages whose source may be read, by name, with their folder."


@cache
def source_of(module: str) -> Source | None:
    """The source of a module of an indexed package or of a script; None where it is not to be had."""
    parts = module.split(".")
    folder = INDEXED.get(parts[0])
    if folder is None:
        loaded = getattr(sys.modules.get(module), "__file__", None)
        return Source(module, Path(loaded)) if loaded and loaded.endswith(".py") else None
    path = folder.joinpath(*parts[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return Source(module, file) if file.is_file() else None


@cache
def stand_in(module: str, name: str) -> type:
    """The stand-in of a class of an indexed package, or the class itself where its module is already imported."""
    loaded = getattr(sys.modules.get(module), name, None)
    if isinstance(loaded, type):
        return loaded
    source = source_of(module)
    node = source.definitions.get(name) if source is not None else None
    if source is None or not isinstance(node, ast.ClassDef):
        raise KeyError(f"{module}:{name}")
    bases = [base for base in (_base(source, expression) for expression in node.bases) if base is not None]
    members: dict[str, Any] = {
        "__module__": module,
        "__doc__": ast.get_docstring(node),
        "spanreg_source": (module, name),
    }
    members.update(_class_attributes(source, node))
    members.update(_constructors(source, node))
    known = [base for base in bases if not issubclass(base, Opaque) and base is not Generic]
    return type(name, (*known, *(() if any(issubclass(base, StandIn) for base in known) else (StandIn,))), members)


def _base(source: Source, expression: ast.expr) -> type | None:
    """A base class by name; subscripts of generics are left out."""
    if isinstance(expression, ast.Subscript):
        expression = expression.value
    value = source.evaluate(expression)
    return value if isinstance(value, type) else None


def _class_attributes(source: Source, node: ast.ClassDef) -> dict[str, Any]:
    found = {}
    for statement in node.body:
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) else getattr(statement, "targets", [])
        for target in targets:
            value = source.literal(getattr(statement, "value", None))
            if isinstance(target, ast.Name) and value is not inspect.Parameter.empty and value is not UNKNOWN_DEFAULT:
                found[target.id] = value
    return found


def _constructors(source: Source, node: ast.ClassDef) -> dict[str, Any]:
    """``__init__``, class methods and a custom ``from_params``, as functions that have a signature and do nothing."""
    found: dict[str, Any] = {}
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            decorators = {ast.unparse(decorator) for decorator in statement.decorator_list}
            if statement.name == "__init__":
                found["__init__"] = _function(source, statement)
            elif "classmethod" in decorators:
                found[statement.name] = classmethod(_function(source, statement))
    is_dataclass = any(ast.unparse(decorator).split("(")[0].endswith("dataclass") for decorator in node.decorator_list)
    if is_dataclass and "__init__" not in found:
        found["__init__"] = _from_fields(source, node)
    return found


def _function(source: Source, node: ast.FunctionDef) -> Callable[..., Any]:
    kinds = inspect.Parameter
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    parameters = [
        _parameter(source, argument, kinds.POSITIONAL_OR_KEYWORD, default)
        for argument, default in zip(plain, defaults, strict=True)
    ]
    if arguments.vararg:
        parameters.append(_parameter(source, arguments.vararg, kinds.VAR_POSITIONAL, None))
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(_parameter(source, argument, kinds.KEYWORD_ONLY, keyword_default))
    if arguments.kwarg:
        parameters.append(_parameter(source, arguments.kwarg, kinds.VAR_KEYWORD, None))
    return _signed(source, node.name, parameters)


def _from_fields(source: Source, node: ast.ClassDef) -> Callable[..., Any]:
    """The ``__init__`` that ``dataclass`` would write."""
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    fields = [statement for statement in node.body if isinstance(statement, ast.AnnAssign)]
    parameters = [
        inspect.Parameter(
            field.target.id,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=source.literal(field.value),
            annotation=source.evaluate(field.annotation),
        )
        for field in fields
        if isinstance(field.target, ast.Name) and "ClassVar" not in ast.unparse(field.annotation)
    ]
    return _signed(source, "__init__", [own, *parameters])


def _parameter(source: Source, argument: ast.arg, kind: Any, default: ast.expr | None) -> inspect.Parameter:
    annotation = source.evaluate(argument.annotation) if argument.annotation else inspect.Parameter.empty
    return inspect.Parameter(argument.arg, kind, default=source.literal(default), annotation=annotation)


def _signed(source: Source, name: str, parameters: list[inspect.Parameter]) -> Callable[..., Any]:
    def placeholder(*args: Any, **kwargs: Any) -> None:
        raise TypeError(f"{name} of a stand-in was called")

    placeholder.__name__, placeholder.__module__ = name, source.module
    placeholder.__signature__ = inspect.Signature(parameters, __validate_parameters__=False)  # type: ignore[attr-defined]
    return placeholder
