"""Whether the parts of a config fit one another, told by their classes: nothing is built, torch is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry import ConfigurationError, Params, Problem, plan_params, signature_of, stand_in
from spanreg.registry.planning import sort
from spanreg.training.named_files import missing_files
from spanreg.training.task_kind import unfit_for_task

_PAIRS = {
    ("several", "one"): (
        "takes one segmentation, and the segmenter '{segmenter}' gives several",
        "take the aggregator 'multi_granularity' with this one in it, or a segmenter that gives one",
    ),
    ("one", "several"): (
        "weighs several segmentations, and the segmenter '{segmenter}' gives one",
        "take the segmenter 'multi', or an aggregator that takes one",
    ),
}
"What a segmenter gives and an aggregator takes, where it does not fit; the problem, and what to do."


def experiment_class() -> Any:
    """What a config describes, by its source alone."""
    return stand_in("spanreg.training.experiment", "Experiment")


def problems_of(params: Params) -> list[Problem]:
    """Return all that is wrong with the config of an experiment and can be seen without reading data.

    Keys and types by the components' signatures, files that do not exist, and parts that do not fit one another. What
    is accepted and may be a mistake is logged.
    """
    plan = plan_params(experiment_class(), params)
    plan.log_warnings()
    return sort([*plan.problems, *missing_files(plan.names), *misfits(params)])


def misfits(params: Params) -> list[Problem]:
    """Where parts need, give or take what the others do not.

    Metrics and head must be for the kind of task that the data have. A segmenter that cannot do without a dictionary
    needs one, and it must give as many segmentations as the aggregator takes.

    Args:
        params: the config of an experiment; names that are not registered are passed over, the plan tells of them.
    """
    return [*unfit_for_task(params), *_lacking_dictionary(params), *_unlike_segmentations(params)]


def _lacking_dictionary(params: Params) -> list[Problem]:
    given = params.as_dict(quiet=True)
    segmenter = given.get("segmenter")
    own = dict(segmenter) if isinstance(segmenter, Mapping) else {"type": segmenter}
    if given.get("dictionary") is not None or "dictionary" in own or not isinstance(own.get("type"), str):
        return []
    base: Any = stand_in("spanreg.segmenters.base", "Segmenter")
    try:
        found, _ = base.find(own["type"])
        arguments = signature_of(found).arguments
    except ConfigurationError:
        return []
    if not any(argument.name == "dictionary" and argument.required for argument in arguments):
        return []
    hint = "add dictionary: {type: 'ngram', corpus: ...}, or another one"
    return [_problem(params, "segmenter", f"'{own['type']}' needs a dictionary, and there is none", hint)]


def _unlike_segmentations(params: Params) -> list[Problem]:
    segmenter, gives = _of(params, "Segmenter", "segmenter", "the default")
    _, takes = _of(params, "Aggregator", "aggregator", "none")
    if (gives, takes) not in _PAIRS:
        return []
    problem, hint = _PAIRS[gives, takes]
    return [_problem(params, "aggregator", problem.format(segmenter=segmenter), hint)]


def _problem(params: Params, key: str, problem: str, hint: str) -> Problem:
    return Problem(problem, key, hint, params.origin.file, params.origin.lines.get(key, 0))


def require_fit(params: Params) -> None:
    """The same as an error.

    Raises:
        ConfigurationError: the parts do not fit.
    """
    if problems := misfits(params):
        raise ConfigurationError(problems)


def _of(params: Params, family: str, key: str, default: str) -> tuple[str, str]:
    """The name of a config's component, and how many segmentations its class gives or takes."""
    config = params.as_dict(quiet=True).get(key)
    name = config.get("type") if isinstance(config, Mapping) else config
    if not isinstance(name, str):
        return default, "one" if key == "segmenter" else "any"
    base: Any = stand_in(f"spanreg.{key}s.base", family)
    try:
        found, _ = base.find(name)
    except ConfigurationError:
        return name, "unknown"
    return name, getattr(found, "segmentations", "unknown")
