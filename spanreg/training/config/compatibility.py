"""Whether the parts of a config fit one another, told by their classes: nothing is built, torch is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry import ConfigurationError, Params, Problem, plan_params, signature_of, stand_in
from spanreg.registry.planning.plan import sort
from spanreg.training.config.named_files import missing_files
from spanreg.training.config.task_kind import unfit_for_task

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
    return stand_in("spanreg.training.config.experiment", "Experiment")


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
    needs one of its own word rule, and it must give as many segmentations as the aggregator takes.

    Args:
        params: the config of an experiment; names that are not registered are passed over, the plan tells of them.
    """
    return [
        *unfit_for_task(params),
        *_lacking_dictionary(params),
        *_unlike_words(params),
        *_unlike_segmentations(params),
    ]


def _lacking_dictionary(params: Params) -> list[Problem]:
    given = params.as_dict(quiet=True)
    own = _component(given.get("segmenter"))
    if given.get("dictionary") is not None or "dictionary" in own or not _needs_dictionary(own):
        return []
    hint = "add dictionary: {type: 'ngram', corpus: ...}, or another one"
    return [_problem(params, "segmenter", f"'{own['type']}' needs a dictionary, and there is none", hint)]


def _unlike_words(params: Params) -> list[Problem]:
    """Return the problem of a segmenter whose dictionary has another word rule, where the config says both."""
    given = params.as_dict(quiet=True)
    own = _component(given.get("segmenter"))
    inner = _component(own.get("matched_to"))
    own = inner if inner.get("type") is not None else own
    dictionary = _component(own.get("dictionary") or given.get("dictionary"))
    wanted, found = _words_of(own, "segmenters", "Segmenter"), _words_of(dictionary, "dictionaries", "SpanDictionary")
    if wanted is None or found is None or wanted == found or not _needs_dictionary(own):
        return []
    problem = f"'{own['type']}' finds words by '{wanted}', but the dictionary is made with '{found}'"
    hint = f"add words: '{wanted}' to the dictionary, or take a segmenter of '{found}' words"
    return [_problem(params, "segmenter", problem, hint)]


def _component(config: Any) -> dict[str, Any]:
    """Return the config of a component, which may be its name alone."""
    return dict(config) if isinstance(config, Mapping) else {"type": config}


def _needs_dictionary(segmenter: Mapping[str, Any]) -> bool:
    """Return whether the segmenter of a config cannot do without a dictionary."""
    found = _class_of(segmenter, "segmenters", "Segmenter")
    arguments = () if found is None else signature_of(found).arguments
    return any(argument.name == "dictionary" and argument.required for argument in arguments)


def _words_of(component: Mapping[str, Any], folder: str, family: str) -> str | None:
    """Return the word rule that a component's config names, or that of its class; None where neither says one."""
    named = _component(component.get("words")).get("type")
    if isinstance(named, str):
        return named
    found = getattr(_class_of(component, folder, family), "words_by_default", None)
    return found if isinstance(found, str) else None


def _class_of(component: Mapping[str, Any], folder: str, family: str) -> Any:
    """Return the class of a config's component, by its source alone; None for one that is not registered."""
    base: Any = stand_in(f"spanreg.{folder}.base", family)
    try:
        return base.find(component["type"])[0] if isinstance(component.get("type"), str) else None
    except ConfigurationError:
        return None


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
