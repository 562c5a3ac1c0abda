"""Check keyword arguments of another package's class against its source, without importing the package."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from spanreg.registry.names import suggest
from spanreg.registry.planning.nodes import ConstructorCall, PlanNode
from spanreg.registry.planning.plan import INVALID, PlanContext, handles, plan_value
from spanreg.registry.source.classes import ModuleSource


class ForeignFields:
    """Values for the fields of another package's dataclass.

    ``class TrainerFields(ForeignFields): foreign = ("transformers", "training_args", "TrainingArguments")``

    A config gives an object. Its keys are checked against the names of the fields, and its values against their types,
    both read from the other package's source. A field whose type cannot be read without importing the package takes any
    value.

    Parameters:
        values: values by name of the field.
    """

    foreign: ClassVar[tuple[str, str, str]] = ("", "", "")
    "Package, module in it, and name of the dataclass."
    reserved: ClassVar[dict[str, str]] = {}
    "Fields that a config must not give, each with what to do instead."

    def __init__(self, **values: Any) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        # The names alone, because values may be lists or dicts.
        return hash(tuple(self.values))


@handles(ForeignFields, subclasses=True)
def plan_foreign_fields(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan an object whose keys are the names of fields."""
    if isinstance(value, ForeignFields):
        value = value.values
    if not isinstance(value, Mapping):
        return context.mismatch(value, hint="give an object")
    types, before = fields_of(*annotation.foreign), len(context.problems)
    planned: dict[str, PlanNode] = {}
    for name, given in value.items():
        here = context.at(name)
        if name in annotation.reserved:
            here.report("cannot be set here", annotation.reserved[name])
        elif name not in types:
            known = [other for other in types if other not in annotation.reserved]
            here.report(f"is not a field of {annotation.foreign[-1]}", suggest(name, known, "fields"))
        else:
            planned[name] = plan_value(types[name], given, here)
    if len(context.problems) > before:
        return INVALID
    return ConstructorCall(annotation, None, (), tuple(planned.items()), context.position, dict(value))


@cache
def fields_of(package: str, module: str, name: str) -> dict[str, Any]:
    """Return names and types of a dataclass's own fields, read from its source; an unknown type is ``Any``.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    # Read from the file, because importing transformers takes seconds.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)
    source = ModuleSource(f"{package}.{module}", Path(spec.submodule_search_locations[0], f"{module}.py"))
    definition = source.definitions[name]
    assert isinstance(definition, ast.ClassDef)
    fields = [field for field in definition.body if isinstance(field, ast.AnnAssign)]
    return {ast.unparse(field.target): _type(source, field.annotation) for field in fields}


def _type(source: ModuleSource, annotation: ast.expr) -> Any:
    """Return the type of a field; ``Any`` if it needs names that are known only after an import."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    try:
        return source.evaluate(annotation)
    except Exception:  # evaluating names of another package can raise anything
        return Any
