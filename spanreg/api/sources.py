"""Read configs and studies from Python: files, Jsonnet text, dicts, and configs of classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from spanreg.limits import limits
from spanreg.registry import ConfigurationError, Params, fit_swaps, include_packages, plain_config, with_overrides
from spanreg.registry.config.evaluation import ExternalVariables
from spanreg.registry.config.files import read_overrides
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.config.positions import scan
from spanreg.registry.names import spell_value
from spanreg.studies.define.study_file import fit_base, in_file_order, is_study
from spanreg.training.config.experiment_plan import experiment_class

ConfigSource: TypeAlias = "str | Path | Mapping[str, Any] | Params"
"A file, Jsonnet text, or values. A string with a brace or a line break is Jsonnet text, any other one is a path."

TEXT: Final = "config"
"Name of Jsonnet text in messages."


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Options for reading a config; they have the meaning of the flags of the command line.

    ``SourceOptions(overrides={"training.epochs": 1}).read("config.jsonnet")``
    """

    overrides: str | Mapping[str, Any] = ""
    "``-o``: a dict with dotted keys, or Jsonnet of one."
    ext_vars: Mapping[str, str] = field(default_factory=dict)
    "``--ext-var``: external variables, as strings."
    ext_codes: Mapping[str, str] = field(default_factory=dict)
    "``--ext-code``: external variables, as Jsonnet."
    ext_env: Iterable[str] = ()
    "``--ext-env``: environment variables that the config may read."
    jpath: Iterable[str] = ()
    "``--jpath``: folders for imports."
    include: Iterable[str] = ()
    "``--include-package``: packages with your own components."

    def read(self, source: ConfigSource) -> tuple[Params, tuple[str, ...]]:
        """Return a config or a study with its overrides applied, and a line for each key that a new type dropped.

        Args:
            source: a file, Jsonnet text, or values.

        Raises:
            ConfigurationError: the source cannot be read or evaluated, the parent of an override does not exist, or a
                package cannot be imported.
        """
        # First, because the config may name components of these packages.
        include_packages(list(self.include))
        params = self._values(source)
        if not self.overrides:
            return params, ()
        given = params.as_dict(quiet=True)
        overrides = self.overrides if isinstance(self.overrides, str) else plain_config(self.overrides)
        values = read_overrides(overrides, self._externals(), limits().evaluation).values
        changed = with_overrides(given, values, "--overrides ")
        if is_study(given):
            fitted, dropped = fit_base(given, changed)
            lines = tuple(f"base.{key}" for key in dropped)
        else:
            fitted, dropped = fit_swaps(given, changed, experiment_class())
            lines = tuple(map(str, dropped))
        return Params(fitted, origin=params.origin), lines

    def _values(self, source: ConfigSource) -> Params:
        """Return the values of a config; those of a study keep the order of its arms."""
        if isinstance(source, Params):
            return source.duplicate()
        if isinstance(source, Mapping):
            return Params(plain_config(source))
        # An ``object``, because callers may not check types, and mypy would call the check below unreachable.
        given: object = source
        if not isinstance(given, str | Path):
            problem = f"the config is {spell_value(given)}"
            raise ConfigurationError(problem, hint="give a file, Jsonnet text or a dict")
        params = self._read_text(str(source)) if is_text(source) else self._read_file(source)
        return Params(in_file_order(params), origin=params.origin) if is_study(params) else params

    def _read_text(self, text: str) -> Params:
        read = read_overrides(text, self._externals(), limits().evaluation, name=TEXT)
        return Params(read.values, origin=ConfigOrigin(TEXT, scan(text), read.externals))

    def _read_file(self, file: str | Path) -> Params:
        externals = self._externals()
        return Params.from_file(
            Path(file).expanduser(),
            "",
            externals.texts,
            ext_codes=externals.codes,
            jpath=externals.jpath,
            ext_env=externals.environment,
            limits=limits().evaluation,
        )

    def _externals(self) -> ExternalVariables:
        return ExternalVariables(self.ext_vars, self.ext_codes, tuple(self.ext_env), tuple(self.jpath))


def is_text(source: object) -> bool:
    """Return whether a source is Jsonnet text: a string with a brace or a line break."""
    return isinstance(source, str) and ("{" in source or "\n" in source)


def file_of_source(source: object) -> Path | None:
    """Return the file of a source; None for text and values."""
    return Path(source).expanduser() if isinstance(source, str | Path) and not is_text(source) else None
