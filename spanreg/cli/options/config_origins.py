"""The origins of the values that a command reads: from the file, its imports, and the command line."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from spanreg.cli.options.config_arguments import externals_of, read_values
from spanreg.limits import limits
from spanreg.registry import Params, apply_settings, with_overrides
from spanreg.registry.config.files import read_overrides
from spanreg.registry.config.tracing import ValueOrigin, ValueOrigins, trace_config
from spanreg.registry.config.tracing.origins import KeyPath

_SENTINEL: Final = "\ue000override\ue000"


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
        return params, tracing.result().of(params.as_dict(quiet=True))


def with_override_origins(values: dict[str, Any], origins: ValueOrigins, arguments: Namespace) -> ValueOrigins:
    """Return the origins with those of values that ``-o`` and ``--set`` change; all of these apply.

    Args:
        values: the values of the file, without overrides.
        origins: their origins.
        arguments: arguments of the command.
    """
    given = read_overrides(arguments.overrides, externals_of(arguments), limits().evaluation).values
    for key, value in given.items():
        path = next(_find(with_overrides(values, {key: _SENTINEL})))
        values = with_overrides(values, {key: value})
        origins = origins.replaced([path], ValueOrigin("overrides", name=key))
    for setting in arguments.settings:
        if not setting.startswith("~"):
            key = setting.partition("=")[0]
            path = next(_find(apply_settings(values, [f"{key}={_SENTINEL}"])))
            origins = origins.replaced([path], ValueOrigin("set", name=setting))
        values = apply_settings(values, [setting])
    return origins


def _find(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of the sentinel: where an override applies does not depend on its value."""
    if isinstance(value, str) and value == _SENTINEL:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from _find(item, (*path, key))
