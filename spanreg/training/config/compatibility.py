"""Check that the parts of a config fit one another, by their classes; nothing is built, torch is not imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

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
    dictionary needs one with the same word rule, and it must return as many segmentations as the aggregator takes. A
    fusion of spans alone needs an aggregator.

    Args:
        params: the config of an experiment; names that are not registered are skipped, the plan reports them.
    """
    return [
        *unfit_for_task(params),
        *_impossible_selections(params),
        *_lacking_dictionaries(params),
        *_unlike_words(params),
        *_unlike_segmentations(params),
        *_fusions_without_input(params),
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


def _lacking_dictionaries(params: Params) -> list[Problem]:
    """Return the problems of segmenters that require a dictionary where the config has none."""
    given = params.as_dict(quiet=True)
    if given.get("dictionary") is not None:
        return []
    lacking = ((path, _lacking(segmenter)) for path, segmenter in _segmenters_in(given.get("segmenter"), "segmenter"))
    return [problem_at(params, path, *problem) for path, problem in lacking if problem is not None]


def _lacking(segmenter: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return problem and hint of a segmenter that lacks a dictionary; None if it needs none or has its own."""
    if "dictionary" in segmenter:
        return None
    # The control takes its lengths from the longest match, unless it is given another source.
    if segmenter.get("type") == "random" and segmenter.get("matched_to") is None and segmenter.get("lengths") is None:
        return "has no source of span lengths", "add a dictionary, or matched_to, or lengths"
    if not _needs_dictionary(segmenter):
        return None
    hint = "add dictionary: {type: 'ngram', corpus: ...}, or another one"
    return f"'{segmenter['type']}' needs a dictionary, and there is none", hint


def _unlike_words(params: Params) -> list[Problem]:
    """Return the problems of segmenters whose dictionary has another word rule, if the config has both rules."""
    given, found = params.as_dict(quiet=True), []
    for path, segmenter in _segmenters_in(given.get("segmenter"), "segmenter"):
        dictionary = _component(segmenter.get("dictionary") or given.get("dictionary"))
        wanted, offered = _words_of(segmenter, "Segmenter"), _words_of(dictionary, "SpanDictionary")
        if wanted is None or offered is None or wanted == offered or not _needs_dictionary(segmenter):
            continue
        problem = f"'{segmenter['type']}' has the word rule '{wanted}', and the dictionary has '{offered}'"
        hint = f"add words: '{wanted}' to the dictionary, or use a segmenter with '{offered}' words"
        found.append(problem_at(params, path, problem, hint))
    return found


def _segmenters_in(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the config of a segmenter and those of all segmenters in its arguments, each with its key path.

    The paths of ``{"type": "random", "matched_to": "max_match"}`` are ``segmenter`` and ``segmenter.matched_to``.
    """
    segmenter = _component(value)
    yield path, segmenter
    found = component_class("Segmenter", segmenter.get("type"))
    for argument in () if found is None else signature_of(found).arguments:
        if argument.name in segmenter and _names_segmenter(argument.annotation):
            yield from _members(segmenter[argument.name], f"{path}.{argument.name}")


def _component(value: Any) -> dict[str, Any]:
    """Return the config of a component, which may be its name alone."""
    return dict(value) if isinstance(value, Mapping) else {"type": value}


def _members(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the segmenters of an argument that takes one segmenter, a list of them, or none."""
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from _members(member, f"{path}.{index}")
    elif value is not None:
        yield from _segmenters_in(value, path)


def _names_segmenter(annotation: Any) -> bool:
    """Return whether a type is ``Segmenter`` or has it among its arguments, as ``Sequence[Segmenter]`` has."""
    # By name, since the class may be a stand-in.
    return getattr(annotation, "__name__", "") == "Segmenter" or any(map(_names_segmenter, get_args(annotation)))


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


def _fusions_without_input(params: Params) -> list[Problem]:
    """Return the problem of a fusion of spans alone where the aggregator makes no vectors."""
    config = params.as_dict(quiet=True)
    fusion, aggregator = (_component(config.get(key)).get("type") for key in ("fusion", "aggregator"))
    if aggregator not in (None, "none") or not getattr(component_class("Fusion", fusion), "needs_aggregator", False):
        return []
    problem = f"'{fusion}' has no input with the aggregator 'none'"
    return [problem_at(params, "fusion", problem, "use another aggregator, or the fusion 'concat'")]


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
