"""The origins of the values that a command reads: from the file, its imports, and the command line."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from spanreg.cli.options.config_arguments import externals_of, read_values
from spanreg.limits import limits
from spanreg.registry import ConfigurationError, Params, apply_settings, with_overrides
from spanreg.registry.config.files import read_overrides
from spanreg.registry.config.tracing import ValueOrigin, ValueOrigins, trace_config
from spanreg.registry.config.tracing.origins import KeyPath
from spanreg.registry.handlers.resolution import ResolvedValue
from spanreg.training.config.experiment_plan import ExperimentPlan
from spanreg.training.config.forms.resolved import resolve_values

_SENTINEL: Final = "\ue000override\ue000"
"A value that no config has: its characters are for private use."

Explanation = tuple[ResolvedValue, Callable[[KeyPath, Any], ValueOrigin], str]
"A resolved config, the function that returns the origin of a value, and the key path to show."


def read_traced(file: str | Path, arguments: Namespace) -> tuple[Params, ValueOrigins]:
    """Return the values of a file and their origins, without overrides.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    externals, most = externals_of(arguments), limits().evaluation
    # Tracing evaluates the file in a process of its own, at the same time.
    with ThreadPoolExecutor(1) as pool:
        tracing = pool.submit(trace_config, str(file), externals, most)
        params = read_values(file, arguments)
        return params, tracing.result().matching(params.as_dict(quiet=True))


def with_override_origins(values: dict[str, Any], origins: ValueOrigins, arguments: Namespace) -> ValueOrigins:
    """Return the origins with those of values that ``-o`` and ``--set`` change; all of these apply.

    Args:
        values: the values of the file, without overrides.
        origins: their origins.
        arguments: arguments of the command.
    """
    given = read_overrides(arguments.overrides, externals_of(arguments), limits().evaluation).values
    # One after the other: an override may change what an earlier one has set.
    for key, value in given.items():
        path = next(_find(with_overrides(values, {key: _SENTINEL})))
        values = with_overrides(values, {key: value})
        origins = origins.replaced([path], ValueOrigin("overrides", name=key))
    for setting in arguments.settings:
        # A deletion leaves no value, and so no origin.
        if not setting.startswith("~"):
            key = setting.partition("=")[0]
            path = next(_find(apply_settings(values, [f"{key}={_SENTINEL}"])))
            origins = origins.replaced([path], ValueOrigin("set", name=setting))
        values = apply_settings(values, [setting])
    return origins


def resolved_plan(plan: ExperimentPlan) -> ResolvedValue:
    """Return the resolved config, without asking for the files that it names.

    Raises:
        ConfigurationError: keys or types are wrong.
    """
    resolved = resolve_values(plan.params.as_dict(quiet=True))
    if resolved is None:
        raise ConfigurationError(plan.plan.problems)
    return resolved


def single_path(where: list[str]) -> str:
    """Return the only key path of a command line, or an empty one.

    Raises:
        ConfigurationError: there are several.
    """
    if len(where) > 1:
        raise ConfigurationError(f"'{where[1]}' is one key path too many", path="PATH", hint="give one at a time")
    return where[0] if where else ""


def _find(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of the sentinel: where an override applies does not depend on its value."""
    if isinstance(value, str) and value == _SENTINEL:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from _find(item, (*path, key))
