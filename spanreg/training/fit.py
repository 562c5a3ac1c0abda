"""Whether the parts of a config fit one another, told by their classes: nothing is built, torch is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry import ConfigurationError, Params, Problem, stand_in

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


def misfits(params: Params) -> list[Problem]:
    """Where a segmenter does not give as many segmentations as the aggregator takes.

    Args:
        params: the config of an experiment; names that are not registered are passed over, the plan tells of them.
    """
    segmenter, gives = _of(params, "Segmenter", "segmenter", "the default")
    _, takes = _of(params, "Aggregator", "aggregator", "none")
    if (gives, takes) not in _PAIRS:
        return []
    problem, hint = _PAIRS[gives, takes]
    origin = params.origin
    line = origin.lines.get("aggregator", 0)
    return [Problem(problem.format(segmenter=segmenter), "aggregator", hint, origin.file, line)]


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
