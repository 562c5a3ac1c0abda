"""The class ``Config``, and ``load_config``, which reads one and applies overrides."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from spanreg.api.sources import ConfigSource, SourceOptions, file_of_source
from spanreg.registry import ConfigurationError, Params, signature_of
from spanreg.studies.define.study_file import in_file_order, is_study
from spanreg.text.display import TableView, Viewable, spell_mapping
from spanreg.training.config.experiment_plan import ExperimentPlan, experiment_class, plan_experiment
from spanreg.training.config.forms.current import resolved_config

logger = logging.getLogger(__name__)


class Config(Mapping[str, Any], Viewable):
    """Values of a config, read-only; ``load_config`` returns one.

    ``load_config("config.jsonnet", overrides={"training.epochs": 1})["training"]``

    Parameters:
        params: the values, with the file and the lines that they come from.
        include: packages with your own components that it needs.
        file: the file that it was read from; None for text and for values from Python.
    """

    def __init__(self, params: Params, include: Iterable[str] = (), file: Path | None = None) -> None:
        self.params = params
        self.include = tuple(include)
        self.file = file

    @property
    def run_id(self) -> str:
        """The id of the run of this config: a hash of config, data, dictionary and code.

        Two configs with the same id give the same result on the same machine. It is also the id of a run of a study.

        ``load_config("config.jsonnet").run_id[:8]``

        Raises:
            ConfigurationError: the config has problems, or a file that it names cannot be read.
        """
        # Imported late: most uses of a config need no id.
        from spanreg.studies.define.inputs import code_hash, inputs_of
        from spanreg.studies.define.plan import ArmRun

        # The runs of a study always have a seed in their config; so that the ids agree, the default one is added here.
        arguments = signature_of(experiment_class()).arguments
        seed = next(argument.default for argument in arguments if argument.name == "seed")
        values = {"seed": seed, **self.plan().params.as_dict(quiet=True)}
        # The name and the seed of an ``ArmRun`` are not part of its key.
        return ArmRun("", 0, values).key(inputs_of(values), code_hash(self.include))

    def plan(self) -> ExperimentPlan:
        """Return the plan of the config, checked against the signatures of all components.

        ``load_config("config.jsonnet").plan().params``

        Raises:
            ConfigurationError: all problems of the config at once; or it is a study, which is planned by ``Study``.
        """
        if is_study(self):
            hint = "use spanreg.Study, or name a config"
            raise ConfigurationError("is a study", file=self.params.origin.file, hint=hint)
        # A copy, since the caller may change the values of the plan that is returned.
        plan = plan_experiment(self.params.duplicate())
        if problems := plan.problems:
            raise ConfigurationError(problems)
        return plan

    def changed(self, overrides: str | Mapping[str, Any]) -> Config:
        """Return the config with overrides applied, as ``load_config`` applies them; this one stays as it is.

        ``config.changed({"training.epochs": 5})``

        Args:
            overrides: values by dotted key, or Jsonnet of such an object.

        Raises:
            ConfigurationError: the overrides cannot be evaluated, or the parent of one does not exist.
        """
        return load_config(self, overrides=overrides)

    def resolved(self) -> Config:
        """Return the config with every default, as ``spanreg check --resolved`` prints it; its run id is the same.

        ``config.resolved()["training"]["learning_rate"]``

        Raises:
            ConfigurationError: all problems of the config at once.
        """
        values = resolved_config(self.plan().params.as_dict(quiet=True))
        assert values is not None  # a config without problems can be resolved
        return Config(Params(values), self.include)

    def to_dict(self) -> dict[str, Any]:
        """Return a copy of the values, as plain dicts and lists: ``config.to_dict()["training"]``."""
        return deepcopy(self.params.as_dict(quiet=True))

    def to_json(self) -> str:
        """Return the config as JSON, which is also Jsonnet: ``Path("config.jsonnet").write_text(config.to_json())``."""
        return json.dumps(self.params.as_dict(quiet=True), indent=2, ensure_ascii=False)

    def __getitem__(self, key: str) -> Any:
        # A copy, so that changing it does not change the config, whose run id and plan would differ from then on.
        return deepcopy(self.params.as_dict(quiet=True)[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)

    def __repr__(self) -> str:
        return f"Config({self.params.as_dict(quiet=True)!r})"

    def _view(self) -> TableView:
        name = f"config {self.file.name}" if self.file else "config"
        # Jsonnet sorts keys by name; the order of the text is that of the data flow.
        leaves = spell_mapping(in_file_order(self.params))
        rows = [(key, value if isinstance(value, str) else json.dumps(value)) for key, value in leaves]
        return TableView(name, ("key", "value"), rows)


def load_config(
    source: ConfigSource | Config,
    *,
    overrides: str | Mapping[str, Any] = "",
    ext_vars: Mapping[str, str] | None = None,
    ext_codes: Mapping[str, str] | None = None,
    ext_env: Iterable[str] = (),
    jpath: Iterable[str] = (),
    include: Iterable[str] = (),
) -> Config:
    """Return a config from a file, from Jsonnet text, or from values in Python.

    ``load_config("config.jsonnet", overrides={"aggregator.type": "flat_cnn"})``

    A key that a new ``type`` does not take is dropped, and named in a log message. Nothing is checked but the
    overrides; ``check`` reports all problems.

    Args:
        source: a path; Jsonnet text, which has a brace or a line break; a dict, whose components may be configs of
            classes such as ``HierarchicalCnn.config(kernel_size=3)``; or a config.
        overrides: values by dotted key, or Jsonnet of such an object.
        ext_vars: external variables, as strings.
        ext_codes: external variables, as Jsonnet expressions.
        ext_env: names or globs of environment variables that the config may read.
        jpath: folders for imports of Jsonnet.
        include: packages with your own components to import.

    Raises:
        ConfigurationError: the config cannot be read or evaluated, the parent of an override does not exist, or a
            package cannot be imported.
    """
    known = source if isinstance(source, Config) else None
    given = source.params if isinstance(source, Config) else source
    packages = (*(known.include if known else ()), *include)
    options = SourceOptions(overrides, ext_vars or {}, ext_codes or {}, tuple(ext_env), tuple(jpath), packages)
    params, dropped = options.read(given)
    for line in dropped:
        logger.warning("%s", line)
    return Config(params, packages, known.file if known else file_of_source(given))
