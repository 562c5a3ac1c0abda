"""Random overrides of random configs: the result equals that of a slow oracle, or one clear error is raised."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

from spanreg.registry import ConfigurationError, apply_settings, with_overrides

OVERRIDES = 20_000
NAMES = (
    "a",
    "b",
    "type",
    "x.y",
    "a.b",
    "0",
    "1",
    "",
    "-1",
    "--5",
    "ä",
    "long_name",
    "__class__",
    "self",
    "\ud800",
    "a b",
)
LEAVES: tuple[Any, ...] = (None, True, 0, -3, 1.5, "", "flat", "a", "0", "[1]", "null", [], {})


class RejectedError(Exception):
    """Raised by the oracle for an override that has no place in the config."""


def random_config(random: Random, depth: int = 4) -> Any:
    """Draw a dict of dicts, lists and plain values."""
    chosen = random.random()
    if depth < 4 and (depth == 0 or chosen < 0.3):
        return random.choice(LEAVES)
    size = random.randint(0, 4)
    if depth < 4 and chosen < 0.5:
        return [random_config(random, depth - 1) for _ in range(size)]
    return {random.choice(NAMES): random_config(random, depth - 1) for _ in range(size)}


def random_key(config: Any, random: Random) -> str:
    """Draw a dotted key: mostly a path into the config, sometimes with a changed part."""
    parts: list[str] = []
    while isinstance(config, dict | list) and config and random.random() < 0.85:
        key = random.choice(range(len(config)) if isinstance(config, list) else list(config))
        parts.append(str(key))
        config = config[key]
    if random.random() < 0.4 or not parts:
        parts.append(random.choice(NAMES))
    if random.random() < 0.15:
        parts[random.randrange(len(parts))] = random.choice(NAMES)
    return ".".join(parts)


def put_value(node: Any, key: str, value: Any, create: bool) -> Any:
    """Return the node with the value at a dotted key.

    Args:
        node: part of a config.
        key: dotted key.
        value: the new value.
        create: add missing dicts on the way, as ``--set`` does.

    Raises:
        RejectedError: the key has no place in the node.
    """
    if isinstance(node, str):
        node = {"type": node}
    elif node is None and create:
        node = {}
    if isinstance(node, list):
        head, dot, rest = key.partition(".")
        if head not in [str(index) for index in range(len(node))]:
            raise RejectedError
        inner = put_value(node[int(head)], rest, value, create) if dot else value
        return [inner if index == int(head) else item for index, item in enumerate(node)]
    if not isinstance(node, dict):
        raise RejectedError
    if key in node:
        return {**node, key: value}
    parts = key.split(".")
    for length in range(len(parts) - 1, 0, -1):
        head, rest = ".".join(parts[:length]), ".".join(parts[length:])
        if head in node:
            return {**node, head: put_value(node[head], rest, value, create)}
    if len(parts) == 1:
        return {**node, key: value}
    if not create:
        raise RejectedError
    return {**node, parts[0]: put_value({}, ".".join(parts[1:]), value, create)}


def remove_value(node: Any, key: str) -> Any:
    """Return the node without the value at a dotted key; raise ``RejectedError`` if there is none."""
    names = list(node) if isinstance(node, dict) else [str(index) for index in range(len(node))]
    parts = key.split(".")
    for length in range(len(parts), 0, -1):
        head, rest = ".".join(parts[:length]), ".".join(parts[length:])
        if head not in names:
            continue
        place = head if isinstance(node, dict) else int(head)
        if length == len(parts):
            if isinstance(node, dict):
                return {name: item for name, item in node.items() if name != place}
            return [item for index, item in enumerate(node) if index != place]
        if not isinstance(node[place], dict | list):
            raise RejectedError
        inner = remove_value(node[place], rest)
        if isinstance(node, dict):
            return {**node, head: inner}
        return [inner if index == place else item for index, item in enumerate(node)]
    raise RejectedError


def setting_of(key: str, value: Any, random: Random) -> str:
    """Return an override in the form of ``--set``; a plain word sometimes has no quotes."""
    is_word = isinstance(value, str) and value.isalpha() and value != "null"
    return f"{key}={value if is_word and random.random() < 0.5 else json.dumps(value)}"


def faults_of(random: Random) -> list[str]:
    """Return the faults of one config with up to three overrides, once as ``-o`` and once as ``--set``."""
    config = random_config(random)
    before = copy.deepcopy(config)
    pairs = {random_key(config, random): random_config(random, 2) for _ in range(random.randint(1, 3))}
    deletions = [random_key(config, random) for _ in range(random.randint(0, 2))]
    settings = [setting_of(key, value, random) for key, value in pairs.items() if key and not key.startswith("~")]
    settings += [f"~{key}" for key in deletions]
    faults = _compare(lambda: with_overrides(config, pairs), lambda: _expected_override(config, pairs))
    allowed_pairs = {key: value for key, value in pairs.items() if key and not key.startswith("~")}
    faults += _compare(
        lambda: apply_settings(config, settings), lambda: _expected_settings(config, allowed_pairs, deletions)
    )
    faults += ["the config was changed"] * (repr(config) != repr(before))
    return [f"{config} with {pairs} and {settings}: {fault}" for fault in faults]


def _expected_override(config: Any, pairs: dict[str, Any]) -> Any:
    """Return the config with overrides in the form of ``-o``, by the oracle."""
    keys = list(pairs)
    if any(keys[first].startswith(f"{later}.") for first in range(len(keys)) for later in keys[first + 1 :]):
        raise RejectedError  # the later override would undo the earlier one
    return _put_values(config, pairs, False)


def _put_values(config: Any, pairs: dict[str, Any], create: bool) -> Any:
    """Return the config with all values, or raise the rejection after the last one."""
    rejected = False
    for key, value in pairs.items():
        try:
            config = put_value(config, key, value, create)
        except RejectedError:
            rejected = True
    if rejected:
        raise RejectedError
    return config


def _expected_settings(config: Any, pairs: dict[str, Any], deletions: list[str]) -> Any:
    """Return the config with overrides and deletions in the form of ``--set``, by the oracle."""
    if any("ud800" in json.dumps(value) for value in pairs.values()):
        raise RejectedError
    config = _put_values(config, pairs, True)
    for key in deletions:
        if not key:
            raise RejectedError
        config = remove_value(config, key)
    return config


def _compare(override: Any, oracle: Any) -> list[str]:
    """Return the difference between an override and its oracle, if there is one."""
    try:
        expected = oracle()
    except RejectedError:
        expected = RejectedError
    try:
        result = override()
    except ConfigurationError as error:
        is_clear = all(problem.path and problem.problem and problem.hint for problem in error.problems)
        return [] if expected is RejectedError and is_clear else [f"{error}, the oracle {expected}"]
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return [] if repr(result) == repr(expected) else [f"gives {result}, the oracle {expected}"]


def campaign(seed: int, overrides: int) -> list[str]:
    """Try random overrides, and return the faults."""
    random = Random(seed)
    return [f"case {number}: {fault}" for number in range(overrides) for fault in faults_of(random)]


def test_overrides(record_property: Callable[[str, object], None]) -> None:
    faults = campaign(seed=7, overrides=OVERRIDES)
    record_property("figures", f"{OVERRIDES} configs with overrides, {len(faults)} faults")
    assert not faults, "\n".join(faults[:20])
