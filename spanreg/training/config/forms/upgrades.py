"""Upgrade configs of earlier versions: a table of functions, each from one schema version to the next.

The schema version counts the changes of keys or values that break existing configs. A config may name its version,
``spanreg: { schema: 1 }``; one that does not has the first. A run folder has it in ``config.resolved.json``.

To change the schema, raise ``SCHEMA`` and enter a function into ``UPGRADES``. It must be pure, accept a part of a
config (the arms of a study are patches), and change only what the new version rejects, so that a newer config without
a version stays as it is. Never remove one: old run folders need it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from spanreg.registry import ConfigurationError
from spanreg.registry.names import spell_value

logger = logging.getLogger(__name__)

FORM: Final = "spanreg"
"Key of a config that describes its form; it is not an argument of anything."
SCHEMA: Final = 1
"Schema version of configs and run folders that this version writes."

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
UPGRADES: Final[dict[int, Upgrade]] = {}
"Functions by the version that they start from; ``UPGRADES[1]`` leads from 1 to 2."


def schema_of(config: Mapping[str, Any], file: str = "") -> int:
    """Return the schema version of a config.

    Args:
        config: the config.
        file: its file, for errors.

    Raises:
        ConfigurationError: it is not a version, or one that only a newer spanreg reads.
    """
    form = config.get(FORM, {})
    schema = form.get("schema", 1) if isinstance(form, Mapping) else form
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        problem = f"is {spell_value(schema)}"
        raise ConfigurationError(problem, path=f"{FORM}.schema", file=file, hint=f"give a version from 1 to {SCHEMA}")
    if schema > SCHEMA:
        problem = f"the config has schema version {schema}, and this version of spanreg reads up to {SCHEMA}"
        raise ConfigurationError(problem, path=f"{FORM}.schema", file=file, hint="install a newer version of spanreg")
    return schema


def upgraded(config: Mapping[str, Any], schema: int, name: str = "the config") -> dict[str, Any]:
    """Return a config in the schema of this version, and log what changed.

    Args:
        config: a config, or the part of one.
        schema: the version that it was written in.
        name: what the log calls it.
    """
    found = dict(config)
    for version in range(schema, SCHEMA):
        found = UPGRADES[version](found)
    if changed := sorted(key for key in {*config, *found} if config.get(key) != found.get(key)):
        logger.info(
            "%s has schema version %d, read as version %d: changed %s", name, schema, SCHEMA, ", ".join(changed)
        )
    return found
