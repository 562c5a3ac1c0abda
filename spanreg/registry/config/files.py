"""Read Jsonnet and JSON files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanreg.registry.config.evaluation import (
    DEFAULT_LIMITS,
    NO_EXTERNALS,
    EvaluationLimits,
    ExternalVariables,
    evaluate_jsonnet,
)
from spanreg.registry.config.evaluation.messages import RECURSION, spell_bytes
from spanreg.registry.errors import ConfigurationError, ConfigurationFileNotFoundError, ConfigurationRuntimeError
from spanreg.registry.names import spell_value
from spanreg.registry.nesting import MOST_LEVELS


@dataclass(frozen=True, slots=True)
class EvaluatedConfig:
    """The values that a config evaluates to.

    ``read_config("config.jsonnet").values["training"]``
    """

    values: dict[str, Any]
    externals: tuple[str, ...] = ()
    "Names of the external variables that it uses."


def read_config(
    file: str, externals: ExternalVariables = NO_EXTERNALS, limits: EvaluationLimits = DEFAULT_LIMITS
) -> EvaluatedConfig:
    """Evaluate a Jsonnet or JSON file within limits; imports are relative to the file's folder.

    Raises:
        ConfigurationError: the file cannot be read, cannot be evaluated, or does not evaluate to an object.
    """
    path = Path(file)
    if not path.is_file():
        hint = "give the path of a Jsonnet or JSON file"
        if not path.exists():
            raise ConfigurationFileNotFoundError("there is no such file", file=file, hint=hint)
        raise ConfigurationError("is a folder" if path.is_dir() else "is not a regular file", file=file, hint=hint)
    try:
        with path.open("rb") as stream:
            # One byte more than allowed shows that the file is too long, without reading all of it.
            content = stream.read(limits.size + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start})"
        raise ConfigurationError(problem, file=file, hint="save it as UTF-8") from error
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise ConfigurationError(problem, file=file, hint="check its permissions") from error
    if len(content) > limits.size:
        hint = "shorten it, or allow more: --limit evaluation_size=N"
        raise ConfigurationError(f"is longer than {spell_bytes(limits.size)}", file=file, hint=hint)
    return _evaluate(file, text, externals, limits)


def parse_overrides(
    overrides: str | Mapping[str, Any],
    ext_vars: Mapping[str, str] | None = None,
    ext_codes: Mapping[str, str] | None = None,
    jpath: Iterable[str] = (),
    *,
    name: str = "--overrides",
) -> dict[str, Any]:
    """Return overrides as a dict.

    ``parse_overrides("{ 'training.epochs': 5 }")``

    Args:
        overrides: a dict, or JSON or Jsonnet text of one.
        ext_vars: external variables, as strings.
        ext_codes: external variables, as Jsonnet expressions.
        jpath: folders for imports.
        name: what errors call the text.

    Raises:
        ConfigurationError: the text cannot be evaluated, or does not evaluate to an object.
    """
    return read_overrides(overrides, ExternalVariables(ext_vars or {}, ext_codes or {}, (), jpath), name=name).values


def read_overrides(
    overrides: str | Mapping[str, Any],
    externals: ExternalVariables = NO_EXTERNALS,
    limits: EvaluationLimits = DEFAULT_LIMITS,
    *,
    name: str = "--overrides",
) -> EvaluatedConfig:
    """Evaluate overrides that may be text, within limits.

    Raises:
        ConfigurationError: the text cannot be evaluated, or does not evaluate to an object.
    """
    if not isinstance(overrides, str):
        return EvaluatedConfig(dict(overrides))
    return _evaluate(name, overrides, externals, limits) if overrides.strip() else EvaluatedConfig({})


def _evaluate(name: str, text: str, externals: ExternalVariables, limits: EvaluationLimits) -> EvaluatedConfig:
    try:
        evaluated = evaluate_jsonnet(name, text, externals, limits)
    except ConfigurationRuntimeError as error:
        if error.problems[0].problem != RECURSION:
            raise
        # Imported late: it takes time, and only this rare error needs it.
        from spanreg.registry.config.tracing.imports import find_import_cycle

        cycle = find_import_cycle(name, text, externals, limits)
        if not cycle:
            raise
        problem = f"imports itself: {' -> '.join(cycle)}"
        raise ConfigurationRuntimeError(problem, file=cycle[0], hint="remove one of these imports") from None
    # Counted before parsing, whose recursion could overflow the stack. Jsonnet indents each level by three spaces, and
    # escapes line feeds in strings.
    if "\n" + 3 * MOST_LEVELS * " " + " " in evaluated.json:
        problem = f"evaluates to more than {MOST_LEVELS} levels of nested objects and lists"
        raise ConfigurationError(problem, file=name, hint="flatten them")
    value = json.loads(evaluated.json)
    if not isinstance(value, dict):
        raise ConfigurationError(f"evaluates to {spell_value(value)}, not an object", file=name, hint="start it with {")
    return EvaluatedConfig(value, evaluated.used)
