"""Families of components by their keys in a config."""

from __future__ import annotations

from spanreg.registry import Registrable, stand_in

# By module and name, not by class: importing the families needs torch, and a stand-in is read from the source.
FAMILIES = {
    "data": ("spanreg.data.base", "DatasetReader"),
    "encoder": ("spanreg.encoders.base", "Encoder"),
    "words": ("spanreg.words.base", "WordRule"),
    "scorer": ("spanreg.scorers.base", "Scorer"),
    "dictionary": ("spanreg.dictionaries.base", "SpanDictionary"),
    "segmenter": ("spanreg.segmenters.base", "Segmenter"),
    "aggregator": ("spanreg.aggregators.base", "Aggregator"),
    "fusion": ("spanreg.fusions.base", "Fusion"),
    "head": ("spanreg.heads.base", "Head"),
    "metric": ("spanreg.metrics.base", "Metric"),
    "optimizer": ("spanreg.optimizers.base", "Optimizer"),
    "schedule": ("spanreg.schedules.base", "Schedule"),
    "callback": ("spanreg.callbacks.base", "Callback"),
    "executor": ("spanreg.executors.base", "Executor"),
    "panel": ("spanreg.studies.report.panels.base", "Panel"),
}
"Key, module and name of the base class of each family, in the order in which data flows."


def family(key: str) -> type[Registrable]:
    """Return the stand-in of a family's base class."""
    base = stand_in(*FAMILIES[key])
    assert issubclass(base, Registrable)
    return base


OPTIONS = {
    "Experiment": ("spanreg.training.config.experiment", "Experiment", ""),
    "TrainingOptions": ("spanreg.training.config.options", "TrainingOptions", "training"),
    "ParameterGroup": ("spanreg.training.config.options", "ParameterGroup", "training.groups"),
    "TrainerFields": ("spanreg.training.config.trainer_fields", "TrainerFields", "training.extra"),
    "Study": ("spanreg.studies.define.study", "StudyDefinition", ""),
    "SeedRule": ("spanreg.studies.define.options.seed_rule", "SeedRule", "seeds"),
    "CombinationConstraint": ("spanreg.studies.define.constraints", "CombinationConstraint", "constraints"),
    "SearchConfig": ("spanreg.studies.define.spaces.search_space", "SearchConfig", "search"),
    "ValueRange": ("spanreg.studies.define.spaces.value_range", "ValueRange", "search.space"),
    "SizeOptions": ("spanreg.studies.define.spaces.sizes", "SizeOptions", "match"),
    "FoldOptions": ("spanreg.studies.define.folds", "FoldOptions", "folds"),
}
"Classes of options, which are not registered: module, class, and the key of a config or study that takes them."
