"""Params: a config as a mapping, with its file and lines."""

from __future__ import annotations

import copy
import json
import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from spanreg.registry.config.evaluation import DEFAULT_LIMITS, EvaluationLimits, ExternalVariables
from spanreg.registry.config.files import read_config, read_overrides
from spanreg.registry.config.overrides import infer_and_cast, with_overrides
from spanreg.registry.config.positions import key_lines
from spanreg.registry.errors import ConfigurationError, ConfigurationTypeError, ConfigurationValueError, Problem
from spanreg.registry.names import spell_value, suggest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConfigOrigin:
    """The file of a config, with the lines of its key paths.

    ``Params.from_file("config.jsonnet").origin.lines["training.epochs"]``
    """

    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    externals: tuple[str, ...] = ()
    "Names of the external variables that the config uses."


class Params(MutableMapping[str, Any]):
    """A config with AllenNLP's interface: values are popped with their type, and errors name the key path.

    ``Params.from_file("mrpc.jsonnet").pop("training").pop_int("epochs")``

    Args:
        params: the values; not copied, so ``pop`` removes from this dict.
        history: key path of this mapping with a trailing dot, for errors.
        origin: file and lines.
    """

    # Not None, which is a legal default.
    DEFAULT: ClassVar[object] = object()

    def __init__(self, params: dict[str, Any], history: str = "", origin: ConfigOrigin | None = None) -> None:
        self.params = params
        self.history = history
        self.origin = origin or ConfigOrigin()
        self._consumed = False

    def pop(self, key: str, default: Any = DEFAULT, keep_as_dict: bool = False) -> Any:
        """Remove a value and return it; a dict is returned as ``Params`` unless ``keep_as_dict``.

        Args:
            key: its key.
            default: returned if the key is missing.
            keep_as_dict: return a dict unchanged.

        Raises:
            ConfigurationError: the key is missing, and no default is given.
        """
        if key not in self.params and default is self.DEFAULT:
            raise self._error(key, "is required and missing", "add it")
        value = self.params.pop(key, default)
        if not isinstance(value, dict):
            logger.debug("%s%s = %s", self.history, key, value)
        return value if keep_as_dict else self._wrap(key, value)

    def pop_int(self, key: str, default: Any = DEFAULT) -> int | None:
        """Remove an integer and return it; a string of digits is converted.

        Raises:
            ConfigurationError: the key is missing, or the value is anything else, such as a boolean.
        """
        number: int | None = self._pop_number(key, default, int)
        return number

    def pop_float(self, key: str, default: Any = DEFAULT) -> float | None:
        """Remove a number and return it; a string that spells one is converted.

        Raises:
            ConfigurationError: the key is missing, or the value is anything else, such as a boolean.
        """
        number: float | None = self._pop_number(key, default, float)
        return number

    def _pop_number(self, key: str, default: Any, kind: type[int] | type[float]) -> Any:
        value = self.pop(key, default)
        if value is None:
            return None
        try:
            number = kind(value)
        except (TypeError, ValueError):
            number = None
        # int(1.5) is 1, and must be an error rather than a different value.
        is_cut = isinstance(value, float) and number != value
        if number is None or is_cut or isinstance(value, bool):
            hint = "give an integer" if kind is int else "give a number"
            error = ConfigurationValueError if isinstance(value, str) else ConfigurationTypeError
            raise error(self._error(key, f"is {spell_value(value)}", hint).problems)
        return number

    def pop_bool(self, key: str, default: Any = DEFAULT) -> bool | None:
        """Remove a boolean and return it; ``"true"`` and ``"false"`` are converted.

        Raises:
            ConfigurationError: the key is missing, or the value is anything else, such as 1.
        """
        value = self.pop(key, default)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        error = ConfigurationValueError if isinstance(value, str) else ConfigurationTypeError
        raise error(self._error(key, f"is {spell_value(value)}", "give true or false").problems)

    def pop_choice(
        self, key: str, choices: list[Any], default_to_first_choice: bool = False, allow_class_names: bool = True
    ) -> Any:
        """Remove a value and return it if it is one of several choices.

        Args:
            key: its key.
            choices: the values that are allowed.
            default_to_first_choice: return the first choice if the key is missing.
            allow_class_names: also allow a dotted name of a class.

        Raises:
            ConfigurationError: the key is missing, or the value is not allowed.
        """
        default = choices[0] if default_to_first_choice else self.DEFAULT
        value = self.pop(key, default)
        dotted = allow_class_names and isinstance(value, str) and "." in value
        if value not in choices and not dotted:
            raise self._error(key, f"is {spell_value(value)}", suggest(str(value), map(str, choices), "choices"))
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value without removing it."""
        return self._wrap(key, self.params.get(key, default))

    def as_dict(self, quiet: bool = False, infer_type_and_cast: bool = False) -> dict[str, Any]:
        """Return the plain values: the dict itself, or a copy with strings cast if ``infer_type_and_cast``."""
        if not quiet:
            for key, value in self.as_flat_dict().items():
                logger.debug("%s%s = %s", self.history, key, value)
        return infer_and_cast(self.params) if infer_type_and_cast else self.params

    def as_flat_dict(self) -> dict[str, Any]:
        """Return the leaves by dotted key."""
        return dict(_flatten(self.params, ""))

    def duplicate(self) -> Params:
        """Return a deep copy."""
        return Params(copy.deepcopy(self.params), self.history, self.origin)

    def assert_empty(self, class_name: str) -> None:
        """Raise an error if keys are left that neither ``pop`` nor ``from_params`` has used.

        Args:
            class_name: the class that has read the config, for the message.

        Raises:
            ConfigurationError: keys are left.
        """
        # ``from_params`` leaves the config unchanged, so that keys may remain although it has used them.
        if self.params and not self._consumed:
            raise self._error("", f"{class_name} does not take {', '.join(map(repr, self.params))}", "remove or rename")

    def mark_consumed(self) -> None:
        """Mark all keys as used, without removing them."""
        self._consumed = True

    @classmethod
    def from_file(
        cls,
        params_file: str | PathLike[str],
        params_overrides: str | Mapping[str, Any] = "",
        ext_vars: Mapping[str, str] | None = None,
        *,
        ext_codes: Mapping[str, str] | None = None,
        jpath: Iterable[str] = (),
        ext_env: Iterable[str] = (),
        limits: EvaluationLimits = DEFAULT_LIMITS,
    ) -> Params:
        """Read a Jsonnet or JSON file.

        It is evaluated in a separate process, within limits. It may import files from its own folder and from
        ``jpath``, and Jsonnet also from the surrounding project: the working directory, or a folder with ``.git`` or
        ``.jsonnet-root``. It can read only the environment variables in ``ext_env``.

        Args:
            params_file: the file.
            params_overrides: a dict with dotted keys, or JSON or Jsonnet of one.
            ext_vars: external variables, as strings.
            ext_codes: external variables, as Jsonnet expressions.
            jpath: folders for imports; the last one is searched first.
            ext_env: names or globs of environment variables to pass as external variables. AllenNLP passes all of
                them: ``["*"]``.
            limits: on time, memory and size of the evaluation.

        Raises:
            ConfigurationError: the file cannot be read or evaluated, or the parent of an override does not exist.
        """
        file = str(params_file)
        # A string is a sequence of characters, so that "*" in a single name would match everything.
        folders, patterns = ((one,) if isinstance(one, str) else tuple(one) for one in (jpath, ext_env))
        externals = ExternalVariables(ext_vars or {}, ext_codes or {}, patterns, folders)
        read = read_config(file, externals, limits)
        overrides = read_overrides(params_overrides, externals, limits)
        used = tuple(dict.fromkeys([*read.externals, *overrides.externals]))
        return cls(
            with_overrides(read.values, overrides.values), origin=ConfigOrigin(file, key_lines(Path(file)), used)
        )

    def to_file(self, params_file: str | PathLike[str], preference_orders: list[list[str]] | None = None) -> None:
        """Write the values as indented JSON; ``preference_orders`` as for ``as_ordered_dict``."""
        text = json.dumps(self.as_ordered_dict(preference_orders), indent=4, ensure_ascii=False)
        Path(params_file).write_text(text + "\n", encoding="utf-8")

    def as_ordered_dict(self, preference_orders: list[list[str]] | None = None) -> OrderedDict[str, Any]:
        """Return the values with their keys sorted.

        Args:
            preference_orders: lists of keys that come first, in the order of the list; a later list orders the keys
                that an earlier one does not name. The others follow by name. Default: ``type`` comes first.
        """
        orders = preference_orders or [["type"]]
        return OrderedDict(_order(self.params, orders))

    def get_hash(self) -> str:
        """Return a hash of the values, independent of the order of keys and of the process."""
        return sha256(json.dumps(self.params, sort_keys=True).encode()).hexdigest()

    def _error(self, key: str, problem: str, hint: str) -> ConfigurationError:
        path = f"{self.history}{key}".strip(".")  # without a key, the error is one of this mapping
        return ConfigurationError([Problem(problem, path, hint, self.origin.file, self.origin.lines.get(path, 0))])

    def _wrap(self, key: str, value: Any) -> Any:
        # Wrapped on the way out, because the dict itself belongs to the caller and stays plain.
        if isinstance(value, dict):
            return Params(value, f"{self.history}{key}.", self.origin)
        if isinstance(value, list):
            return [self._wrap(f"{key}.{index}", item) for index, item in enumerate(value)]
        return value

    def __getitem__(self, key: str) -> Any:
        if key not in self.params:
            raise KeyError(key)
        return self._wrap(key, self.params[key])

    def __setitem__(self, key: str, value: Any) -> None:
        self.params[key] = value

    def __delitem__(self, key: str) -> None:
        del self.params[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)

    def __repr__(self) -> str:
        return f"Params({self.params!r})"


def _flatten(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flatten(item, f"{path}.{key}" if path else key)
    else:
        yield path, value


def _order(values: Mapping[str, Any], orders: list[list[str]]) -> Iterator[tuple[str, Any]]:
    def rank(key: str) -> tuple[Any, ...]:
        return (*(order.index(key) if key in order else len(order) for order in orders), key)

    for key in sorted(values, key=rank):
        value = values[key]
        yield key, OrderedDict(_order(value, orders)) if isinstance(value, dict) else value


def remove_keys_from_params(params: Params, keys: Iterable[str] = ("pretrained_file", "initializer")) -> None:
    """Remove some keys at every depth.

    ``remove_keys_from_params(params, ["pretrained_file"])``
    """
    # Anything else is ignored, as in AllenNLP.
    if isinstance(params, Params):
        _remove_keys(params.params, set(keys))


def _remove_keys(value: Any, keys: set[str]) -> None:
    if isinstance(value, dict):
        for key in keys & set(value):
            del value[key]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for item in inner:
        _remove_keys(item, keys)
