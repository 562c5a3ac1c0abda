"""Stand-ins: light classes that are made from source text.

Importing a component can take seconds (torch, transformers), but its name, signature, types and docstring are in its
source. A *stand-in* has the name, the bases and the ``__init__`` signature of the real class, and no method bodies.
Listing and checking use stand-ins; construction replaces them by the real classes.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

UNKNOWN_DEFAULT: Any = type("UnknownDefault", (), {"__repr__": lambda self: "..."})()
"Default that is not a literal, so that its value is known only after import."

INDEXED: dict[str, Path] = {}
"Folders of the packages whose source is read, by name."

_DEFINITION: Final = re.compile(r"\s*(class|def|async def)\b")


class StandIn:
    """Base of all stand-ins; ``spanreg_source`` is the module and the name of the real class.

    ``stand_in("spanreg.segmenters.max_match", "MaxMatchSegmenter").spanreg_source``
    """

    spanreg_source: ClassVar[tuple[str, str]] = ("", "")


class OpaqueType(type):
    """Metaclass of opaque types, whose attributes and subscripts are opaque as well."""

    def __getattr__(cls, name: str) -> Any:
        # Python and libraries test for special methods, which an opaque type does not have.
        if name.startswith("__"):
            raise AttributeError(name)
        return opaque(name, f"{cls.__module__}.{cls.__name__}")

    def __getitem__(cls, item: Any) -> Any:
        return cls


class OpaqueBase(metaclass=OpaqueType):
    """Base of opaque types: names of packages whose source is not read, such as ``torch.Tensor``."""


def opaque(name: str, module: str) -> type:
    """Return a type of which only the name is known: ``opaque("Tensor", "torch")``."""
    return OpaqueType(name, (OpaqueBase,), {"__module__": module})


def is_stand_in(target: Any) -> bool:
    """Return whether a class is a stand-in."""
    return isinstance(target, type) and issubclass(target, StandIn)


def is_indexed(target: Any) -> bool:
    """Return whether a class or function belongs to an indexed package, as built-in components do."""
    module = target.spanreg_source[0] if is_stand_in(target) else getattr(target, "__module__", None) or ""
    return module.partition(".")[0] in INDEXED


def current(target: Any) -> Any:
    """Return the real class of a stand-in if its module is imported; anything else unchanged."""
    if is_stand_in(target):
        module, name = target.spanreg_source
        return getattr(sys.modules.get(module), name, target)
    return target


def load(target: Any) -> Any:
    """Return the real class of a stand-in, and import its module; anything else unchanged."""
    if is_stand_in(target):
        module, name = target.spanreg_source
        return getattr(importlib.import_module(module), name)
    return target


def load_opaque(found: Any) -> Any:
    """Return the class of an opaque type if its module can be imported; anything else unchanged."""
    if isinstance(found, OpaqueType):
        try:
            return getattr(importlib.import_module(found.__module__), found.__name__)
        except (ImportError, AttributeError):
            return found
    return found


NOT_CALLED = 1 << 7
"CPython's flag of classes without a constructor, such as ``torch.dtype`` (Py_TPFLAGS_DISALLOW_INSTANTIATION)."


def can_be_called(cls: type) -> bool:
    """Return whether a class has a constructor; one written in C may have none."""
    return not cls.__flags__ & NOT_CALLED


def constants_of(cls: type) -> dict[str, Any]:
    """Return the named instances of a class in its module, such as those of ``torch.dtype`` in ``torch``."""
    module = vars(sys.modules.get(cls.__module__, object))
    return {name: value for name, value in module.items() if type(value) is cls and not name.startswith("_")}


def line_of(target: Any) -> int:
    """Return the line of a class or function in its file, below its decorators, or 0 without source."""
    if is_stand_in(target):
        module, name = target.spanreg_source
        source = source_of(module)
        return source.definitions[name].lineno if source is not None else 0
    try:
        lines, first = inspect.getsourcelines(target)
    except (OSError, TypeError):
        return 0
    # ``inspect`` counts decorators as part of the class; a stand-in, like the index, does not.
    return next((first + place for place, line in enumerate(lines) if _DEFINITION.match(line)), first)


class ModuleSource(dict[str, Any]):
    """Top-level names of a module, resolved on demand without importing it.

    ``ModuleSource("package.module", file)["Name"]``
    """

    def __init__(self, module: str, file: Path) -> None:
        super().__init__()
        self.module, self.file = module, file
        self.tree = ast.parse(file.read_text(encoding="utf-8-sig"), filename=str(file))
        self.definitions = {name: node for node in _statements(self.tree.body) for name in _names_bound(node)}

    def __missing__(self, name: str) -> Any:
        # Called by ``eval`` for every name of an expression that was not resolved before.
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
        """Return the value of a type expression or a constant."""
        # Safe: the source is that of an installed or included package, and importing it would evaluate the same.
        # Passed as local names, because ``eval`` does not call ``__missing__`` of the global ones.
        return eval(compile(ast.Expression(expression), str(self.file), "eval"), {}, self)  # nosec B307


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield top-level statements, those under ``if TYPE_CHECKING:`` included."""
    for node in body:
        # The condition cannot be evaluated; a wrong branch only adds names that are never looked up.
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
    """Return a name of a module: the object itself if it is imported, else a stand-in, else an opaque type."""
    loaded = _loaded(module)
    if loaded is not None and hasattr(loaded, name):
        return getattr(loaded, name)
    source = source_of(module)
    return opaque(name, module) if source is None else source[name]


def _loaded(module: str) -> Any:
    """Return a module if it is imported already or belongs to the standard library, else None."""
    # Modules of the standard library are cheap to import, and importing them runs no foreign code.
    is_light = module.split(".")[0] in sys.stdlib_module_names
    return importlib.import_module(module) if is_light else sys.modules.get(module)


def source_of(module: str) -> ModuleSource | None:
    """Return the source of a module of an indexed package, or of an imported module; None if there is none."""
    folder = INDEXED.get(module.partition(".")[0])
    if folder is not None:
        return _read(module, _file_of(module, folder))
    loaded = getattr(sys.modules.get(module), "__file__", None)
    return _read(module, Path(loaded)) if loaded and loaded.endswith(".py") else None


@cache
def _file_of(module: str, folder: Path) -> Path:
    """Return the file of a module in the folder of its top-level package."""
    path = folder.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _read(module: str, file: Path) -> ModuleSource | None:
    return ModuleSource(module, file) if file.is_file() else None


# Cached, so that a class has one stand-in only: those of its subclasses would not descend from a second one.
@cache
def stand_in(module: str, name: str) -> type:
    """Return the stand-in of a class of an indexed package, or the class itself if its module is imported.

    ``stand_in("spanreg.segmenters.max_match", "MaxMatchSegmenter")``

    Raises:
        KeyError: the module has no class of this name.
    """
    loaded = getattr(sys.modules.get(module), name, None)
    if isinstance(loaded, type):
        return loaded
    source = source_of(module)
    node = source.definitions.get(name) if source is not None else None
    if source is None or not isinstance(node, ast.ClassDef):
        raise KeyError(f"{module}:{name}")
    # Only the names of its bases are resolved: all else is literal, and resolving every name of the module would follow
    # every import.
    names = {"__name__": module, "UNKNOWN_DEFAULT": UNKNOWN_DEFAULT, "StandIn": StandIn}
    skeleton = _skeleton(source, node)
    used = {inner.id for base in skeleton.bases for inner in ast.walk(base) if isinstance(inner, ast.Name)}
    names |= {other: source[other] for other in used - names.keys() if other in source.definitions}
    # Annotations stay strings, so that types are resolved only when a signature is read.
    code = compile(
        ast.Module([skeleton], []), str(source.file), "exec", __future__.annotations.compiler_flag, dont_inherit=True
    )
    # Safe: the code is a class of an indexed package, reduced to its signature.
    exec(code, names)  # nosec B102
    made: Any = names[name]
    # The functions of the stub are recognized by their globals; see ``is_stub``.
    made.spanreg_source = (module, name)
    return made  # type: ignore[no-any-return]


def is_stub(function: Any) -> bool:
    """Return whether a function is a method of a stand-in, which has no body."""
    # The functions of this module have the name among their globals, too.
    return getattr(function, "__globals__", {}).get("StandIn") is StandIn and function.__module__ != __name__


def definition_of(stub: Any) -> ast.FunctionDef | None:
    """Return the source of a stand-in's method; None for the generated ``__init__`` of a dataclass."""
    source = source_of(stub.__module__)
    cls, _, name = stub.__qualname__.rpartition(".")
    definition = source.definitions.get(cls) if source is not None else None
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)


_STUB_BODY = ast.parse("raise TypeError('a stand-in cannot be called: call load() first')").body

_PLACE: Any = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
"Place of nodes that are not in the source; ``ast.fix_missing_locations`` would visit every node of a class."


def _skeleton(source: ModuleSource, node: ast.ClassDef) -> ast.ClassDef:
    """Return a class without method bodies, opaque bases and computed attributes."""
    known = [(base, source.evaluate(base.value if isinstance(base, ast.Subscript) else base)) for base in node.bases]
    bases = [base for base, value in known if not isinstance(value, OpaqueType)]
    light = any(is_stand_in(value) for _, value in known)
    body = [stub for statement in node.body for stub in _stub(statement)]
    if _is_dataclass(node):
        body.append(_init_of_fields(node, inherits=any(_has_fields(value) for _, value in known)))
    # A base that is a stand-in already descends from ``StandIn``, and two orders of bases would contradict each other.
    first: list[ast.expr] = [] if light else [ast.Name("StandIn", ast.Load(), **_PLACE)]
    return ast.ClassDef(node.name, [*first, *bases], [], body or [ast.Pass(**_PLACE)], [], **_PLACE)


def _stub(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statement of a class body as it is in a stand-in, if it is there at all."""
    if isinstance(statement, ast.FunctionDef):
        # Class methods may be registered as constructors.
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
    """Return the ``__init__`` of a dataclass; its ``**kwargs`` lead to the fields of superclasses."""
    fields = [
        field
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and "ClassVar" not in ast.unparse(field.annotation)
        and "init=False" not in ast.unparse(field)
    ]
    names = [ast.arg(ast.unparse(field.target), field.annotation, **_PLACE) for field in fields]
    # In a dataclass, as in a signature, the fields with defaults come last.
    defaults = [_literal(field.value) for field in fields if field.value is not None]
    # A stand-in of a superclass has the fields of that class in its own ``__init__``.
    further = ast.arg("kwargs", **_PLACE) if inherits else None
    return _function(
        "__init__", ast.arguments([], [ast.arg("self", **_PLACE), *names], None, [], [], further, defaults), []
    )


def _function(name: str, arguments: ast.arguments, decorators: list[ast.expr]) -> ast.stmt:
    return ast.FunctionDef(name, arguments, _STUB_BODY, decorators, **_PLACE)


def _literal(expression: ast.expr) -> ast.expr:
    try:
        ast.literal_eval(expression)
    except ValueError:
        return ast.Name("UNKNOWN_DEFAULT", ast.Load(), **_PLACE)
    return expression
