"""Check that the parts of a config fit one another, by their classes; nothing is built, torch is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry import ConfigurationError, Params, Problem, signature_of
from spanreg.training.config.task_kind import component_class, problem_at, task_kind_of, unfit_for_task

_PAIRS = {
    ("several", "one"): (
        "takes one segmentation, and the segmenter '{segmenter}' returns several",
        "use the aggregator 'multi_granularity' with this one in it, or a segmenter that returns one",
    ),
    ("one", "several"): (
        "weights several segmentations, and the segmenter '{segmenter}' returns one",
        "use the segmenter 'multi', or an aggregator that takes one",
    ),
}
"Problem and hint by the number of segmentations that a segmenter returns and an aggregator takes."


def misfits(params: Params) -> list[Problem]:
    """Return the problems of parts that do not fit one another.

    Metrics, head and the choice of examples must be for the kind of task of the data. A segmenter that requires a
    dictionary needs one with the same word rule, and it must return as many segmentations as the aggregator takes.

    Args:
        params: the config of an experiment; names that are not registered are skipped, the plan reports them.
    """
    return [
        *unfit_for_task(params),
        *_impossible_selections(params),
        *_lacking_dictionary(params),
        *_unlike_words(params),
        *_unlike_segmentations(params),
    ]


def _impossible_selections(params: Params) -> list[Problem]:
    """Return the problems of a choice of examples that no data can satisfy."""
    found, data, path = [], params.as_dict(quiet=True).get("data"), "data"
    while isinstance(data, Mapping):
        kind = task_kind_of(data)
        if data.get("few") is not None and kind not in (None, "classification"):
            problem = f"'few' counts examples by class, and the task is of the kind '{kind}'"
            found.append(problem_at(params, f"{path}.few", problem, "give train_on: 0.1 or limit: { train: 100 }"))
        # 5 is the default of the reader 'folds'.
        fold, folds = data.get("fold"), data.get("folds", 5)
        if data.get("type") == "folds" and isinstance(fold, int) and isinstance(folds, int) and fold >= folds:
            hint = f"folds are counted from 0: give 0 to {folds - 1}"
            found.append(problem_at(params, f"{path}.fold", f"there is no fold {fold} of {folds}", hint))
        # Readers that split other data, such as 'held_out', have these under their own key 'data'.
        data, path = data.get("data"), f"{path}.data"
    return found


def _lacking_dictionary(params: Params) -> list[Problem]:
    """Return the problem of a segmenter that requires a dictionary where the config has none."""
    given = params.as_dict(quiet=True)
    segmenter = _component(given.get("segmenter"))
    if given.get("dictionary") is not None or "dictionary" in segmenter:
        return []
    # The control takes its lengths from the longest match, unless it is given another source.
    if segmenter.get("type") == "random" and segmenter.get("matched_to") is None and segmenter.get("lengths") is None:
        hint = "add a dictionary, or matched_to, or lengths"
        return [problem_at(params, "segmenter", "has no source of span lengths", hint)]
    if not _needs_dictionary(segmenter):
        return []
    hint = "add dictionary: {type: 'ngram', corpus: ...}, or another one"
    return [problem_at(params, "segmenter", f"'{segmenter['type']}' needs a dictionary, and there is none", hint)]


def _unlike_words(params: Params) -> list[Problem]:
    """Return the problem of a segmenter whose dictionary has another word rule, if the config has both rules."""
    given = params.as_dict(quiet=True)
    segmenter = _component(given.get("segmenter"))
    inner = _component(segmenter.get("matched_to"))
    # A control imitates the spans of the segmenter in 'matched_to', whose dictionary counts.
    segmenter = inner if inner.get("type") is not None else segmenter
    dictionary = _component(segmenter.get("dictionary") or given.get("dictionary"))
    wanted, found = _words_of(segmenter, "Segmenter"), _words_of(dictionary, "SpanDictionary")
    if wanted is None or found is None or wanted == found or not _needs_dictionary(segmenter):
        return []
    problem = f"'{segmenter['type']}' has the word rule '{wanted}', and the dictionary has '{found}'"
    hint = f"add words: '{wanted}' to the dictionary, or use a segmenter with '{found}' words"
    return [problem_at(params, "segmenter", problem, hint)]


def _component(config: Any) -> dict[str, Any]:
    """Return the config of a component, which may be its name alone."""
    return dict(config) if isinstance(config, Mapping) else {"type": config}


def _needs_dictionary(segmenter: Mapping[str, Any]) -> bool:
    """Return whether the segmenter of a config requires a dictionary."""
    found = component_class("Segmenter", segmenter.get("type"))
    arguments = () if found is None else signature_of(found).arguments
    return any(argument.name == "dictionary" and argument.required for argument in arguments)


def _words_of(component: Mapping[str, Any], family: str) -> str | None:
    """Return the word rule of a component's config, or of its class; None if neither has one."""
    named = _component(component.get("words")).get("type")
    if isinstance(named, str):
        return named
    found = getattr(component_class(family, component.get("type")), "words_by_default", None)
    return found if isinstance(found, str) else None


def _unlike_segmentations(params: Params) -> list[Problem]:
    """Return the problem of an aggregator that takes another number of segmentations than the segmenter returns."""
    config = params.as_dict(quiet=True)
    segmenter, aggregator = (_component(config.get(key)).get("type") for key in ("segmenter", "aggregator"))
    # Both default segmenters return one segmentation, and the default aggregator 'none' takes any number.
    returned, taken = _segmentations("Segmenter", segmenter, "one"), _segmentations("Aggregator", aggregator, "any")
    if (returned, taken) not in _PAIRS:
        return []
    problem, hint = _PAIRS[returned, taken]
    shown = segmenter if isinstance(segmenter, str) else "the default"
    return [problem_at(params, "aggregator", problem.format(segmenter=shown), hint)]


def _segmentations(family: str, name: Any, default: str) -> str:
    """Return how many segmentations a component returns or takes; ``unknown`` if it is not registered."""
    if not isinstance(name, str):
        return default
    return str(getattr(component_class(family, name), "segmentations", "unknown"))


def require_fit(params: Params) -> None:
    """Check that the parts of a config fit one another.

    Raises:
        ConfigurationError: they do not; all problems at once.
    """
    if problems := misfits(params):
        raise ConfigurationError(problems)
