"""Classes known from their source alone.

Importing a component may cost seconds (torch, transformers), but its name, signature, types and docs stand in its
source. A *stand-in* is a light class made from that source: same name, same bases, same ``__init__`` signature, no
bodies. Listing and checking work with stand-ins; construction swaps in the real class.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import importlib
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

UNKNOWN_DEFAULT: Any = type("UnknownDefault", (), {"__repr__": lambda self: "..."})()
"A default that is not a literal: it exists, and its value is known only after import."

INDEXED: dict[str, Path] = {}
"Packages whose source may be read, by name, with their folder."


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


class OpaqueBase(metaclass=OpaqueType):
    """Base of stand-ins for names of packages whose source is not read, such as ``torch.Tensor``."""


def opaque(name: str, module: str) -> type:
    """A type of which nothing but the name is known."""
    return OpaqueType(name, (OpaqueBase,), {"__module__": module})


def is_stand_in(target: Any) -> bool:
    """Whether something is known from its source alone."""
    return isinstance(target, type) and issubclass(target, StandIn)


def is_indexed(target: Any) -> bool:
    """Return whether a class or function belongs to a package whose source is read, as the built-in components do."""
    module = target.spanreg_source[0] if is_stand_in(target) else getattr(target, "__module__", None) or ""
    return module.partition(".")[0] in INDEXED


def current(target: Any) -> Any:
    """The real class behind a stand-in whose module is imported by now; anything else unchanged."""
    if is_stand_in(target):
        module, name = target.spanreg_source
        return getattr(sys.modules.get(module), name, target)
    return target


def load(target: Any) -> Any:
    """The real class behind a stand-in; anything else unchanged."""
    if is_stand_in(target):
        module, name = target.spanreg_source
        return getattr(importlib.import_module(module), name)
    return target


def load_opaque(found: Any) -> Any:
    """Return the class behind an opaque name where its module can be imported; anything else unchanged."""
    if isinstance(found, OpaqueType):
        try:
            return getattr(importlib.import_module(found.__module__), found.__name__)
        except (ImportError, AttributeError):
            return found
    return found


NOT_CALLED = 1 << 7
"CPython's flag of a class that cannot be called, such as ``torch.dtype`` (``Py_TPFLAGS_DISALLOW_INSTANTIATION``)."


def can_be_called(cls: type) -> bool:
    """Return whether there is a constructor; a class written in C may have none."""
    return not cls.__flags__ & NOT_CALLED


def constants_of(cls: type) -> dict[str, Any]:
    """Return the instances that the module of a class holds by name, such as those of ``torch.dtype`` in ``torch``."""
    module = vars(sys.modules.get(cls.__module__, object))
    return {name: value for name, value in module.items() if type(value) is cls and not name.startswith("_")}


def line_of(target: Any) -> int:
    """Line of a class or function in its file; 0 where there is no source."""
    if is_stand_in(target):
        module, name = target.spanreg_source
        source = source_of(module)
        return source.definitions[name].lineno if source is not None else 0
    try:
        return inspect.getsourcelines(target)[1]
    except (OSError, TypeError):
        return 0


class ModuleSource(dict[str, Any]):
    """The top-level names of one module, resolved on demand without importing it."""

    def __init__(self, module: str, file: Path) -> None:
        super().__init__()
        self.module, self.file = module, file
        self.tree = ast.parse(file.read_text(encoding="utf-8-sig"), filename=str(file))
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
        # Annotations of an installed package, or of one that the user included, whose import would evaluate them, too.
        return eval(compile(ast.Expression(expression), str(self.file), "eval"), {}, self)  # nosec B307


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
        module = alias.name if alias.asname else name
        return _loaded(module) or opaque(module, module)
    package = importer.split(".")[: -node.level] if node.level else []
    return lookup(".".join([*package, *filter(None, [node.module])]), alias.name)


def lookup(module: str, name: str) -> Any:
    """A name of a module: the real thing where that costs nothing, else a stand-in, else something opaque."""
    loaded = _loaded(module)
    if loaded is not None and hasattr(loaded, name):
        return getattr(loaded, name)
    source = source_of(module)
    return opaque(name, module) if source is None else source[name]


def _loaded(module: str) -> Any:
    """A module that is imported already, or that belongs to the standard library."""
    is_light = module.split(".")[0] in sys.stdlib_module_names
    return importlib.import_module(module) if is_light else sys.modules.get(module)


def source_of(module: str) -> ModuleSource | None:
    """The source of a module of an indexed package, or of an imported one; None where it is not to be had."""
    parts = module.split(".")
    if parts[0] in INDEXED:
        path = INDEXED[parts[0]].joinpath(*parts[1:])
        return _read(module, path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    loaded = getattr(sys.modules.get(module), "__file__", None)
    return _read(module, Path(loaded)) if loaded and loaded.endswith(".py") else None


@cache
def _read(module: str, file: Path) -> ModuleSource | None:
    return ModuleSource(module, file) if file.is_file() else None


@cache
def stand_in(module: str, name: str) -> type:
    """The stand-in of a class of an indexed package, or the class itself where its module is already imported.

    Raises:
        KeyError: there is no such class.
    """
    loaded = getattr(sys.modules.get(module), name, None)
    if isinstance(loaded, type):
        return loaded
    source = source_of(module)
    node = source.definitions.get(name) if source is not None else None
    if source is None or not isinstance(node, ast.ClassDef):
        raise KeyError(f"{module}:{name}")
    names = {"__name__": module, "UNKNOWN_DEFAULT": UNKNOWN_DEFAULT, "StandIn": StandIn}
    skeleton = _skeleton(source, node)
    used = {inner.id for inner in ast.walk(skeleton) if isinstance(inner, ast.Name)} - names.keys() - {name}
    names |= {other: source[other] for other in used if other in source.definitions}
    code = compile(skeleton, str(source.file), "exec", __future__.annotations.compiler_flag, dont_inherit=True)
    # A class of the same sources, reduced to its signature.
    exec(code, names)  # nosec B102
    made: Any = names[name]
    made.spanreg_source = (module, name)
    return made  # type: ignore[no-any-return]


def is_stub(function: Any) -> bool:
    """Return whether a function belongs to a stand-in, so that its body says nothing."""
    return getattr(function, "__globals__", {}).get("StandIn") is StandIn and function.__module__ != __name__


def definition_of(stub: Any) -> ast.FunctionDef | None:
    """Return the source of a stand-in's method; None for the ``__init__`` of a dataclass, which is written nowhere."""
    source = source_of(stub.__module__)
    cls, _, name = stub.__qualname__.rpartition(".")
    definition = source.definitions.get(cls) if source is not None else None
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)


CALLED = ast.parse("raise TypeError('this class is known from its source alone: load() it')").body


def _skeleton(source: ModuleSource, node: ast.ClassDef) -> ast.Module:
    """The class without the bodies of its methods, without opaque bases and without what is computed."""
    known = [(base, source.evaluate(base.value if isinstance(base, ast.Subscript) else base)) for base in node.bases]
    bases = [base for base, value in known if not isinstance(value, OpaqueType)]
    light = any(is_stand_in(value) for _, value in known)
    body = [stub for statement in node.body for stub in _stub(statement)]
    if _is_dataclass(node):
        body.append(_init_of_fields(node, inherits=any(_has_fields(value) for _, value in known)))
    first: list[ast.expr] = [] if light else [ast.Name("StandIn", ast.Load())]
    made = ast.ClassDef(node.name, [*first, *bases], [], body or [ast.Pass()], [])
    return ast.fix_missing_locations(ast.Module([made], []))


def _stub(statement: ast.stmt) -> Iterator[ast.stmt]:
    """What a class body's statement is in a stand-in, if anything."""
    if isinstance(statement, ast.FunctionDef):
        decorators = [one for one in statement.decorator_list if ast.unparse(one) == "classmethod"]
        if statement.name == "__init__" or decorators:
            taken = statement.args
            keyword_defaults = [default and _literal(default) for default in taken.kw_defaults]
            defaults = [_literal(default) for default in taken.defaults]
            before, after = (taken.posonlyargs, taken.args, taken.vararg), (taken.kwonlyargs, keyword_defaults)
            yield _function(statement.name, ast.arguments(*before, *after, taken.kwarg, defaults), decorators)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        if statement.value is not None and _literal(statement.value) is statement.value:
            yield statement
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        yield statement


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)


def _has_fields(base: Any) -> bool:
    """Return True if a stand-in, or one of its superclasses, is a dataclass, whose fields subclasses inherit."""
    origins = (vars(cls).get("spanreg_source") for cls in base.__mro__ if is_stand_in(cls))
    sources = ((source_of(module), name) for module, name in filter(None, origins))
    return any(
        isinstance(node := source.definitions.get(name), ast.ClassDef) and _is_dataclass(node)
        for source, name in sources
        if source is not None
    )


def _init_of_fields(node: ast.ClassDef, inherits: bool) -> ast.stmt:
    """The ``__init__`` that ``dataclass`` writes; the fields of superclasses are found through its ``**kwargs``."""
    fields = [
        field
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and "ClassVar" not in ast.unparse(field.annotation)
        and "init=False" not in ast.unparse(field)
    ]
    names = [ast.arg(ast.unparse(field.target), field.annotation) for field in fields]
    defaults = [_literal(field.value) for field in fields if field.value is not None]
    further = ast.arg("kwargs") if inherits else None
    return _function("__init__", ast.arguments([], [ast.arg("self"), *names], None, [], [], further, defaults), [])


def _function(name: str, arguments: ast.arguments, decorators: list[ast.expr]) -> ast.stmt:
    return ast.FunctionDef(name, arguments, CALLED, decorators)


def _literal(expression: ast.expr) -> ast.expr:
    try:
        ast.literal_eval(expression)
    except ValueError:
        return ast.Name("UNKNOWN_DEFAULT", ast.Load())
    return expression
