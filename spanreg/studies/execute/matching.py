"""Adjust one width of each arm of a study until all arms have the same size."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from spanreg.registry import ConfigurationError, Problem
from spanreg.studies.define.arms import Arm, same_configs
from spanreg.studies.define.patches import merge, nested
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.spaces.sizes import TOLERANCE, SizeMatch, SizeOptions, matched_width, width_of
from spanreg.training.runs.differences import canonical, differing_keys

logger = logging.getLogger(__name__)

SizeOf = Callable[[Mapping[str, Any], bool], int]
"Returns the size of a config's model, with or without its encoder; raises ``ConfigurationError`` if it is wrong."


def with_matched_sizes(plan: StudyPlan, size_of: SizeOf | None = None) -> StudyPlan:
    """Return the plan of a study with ``match``, all arms adjusted to the size of the reference.

    The sizes are those of the models without the encoder, for arms that share it with the reference: beside an encoder
    of a hundred million weights, any aggregator would be within one per cent. A plan without ``match`` is returned as
    it is.

    Args:
        plan: the checked study.
        size_of: measures a model; default: by building it.

    Raises:
        ConfigurationError: an arm has no width, or cannot reach the size; the message has the nearest.
    """
    options = plan.study.match
    if options is None:
        return plan
    if size_of is None:
        from spanreg.studies.execute.model_size import ModelSizes  # imports torch

        size_of = ModelSizes(options.by)
    # On several tasks, the arm of the first one stands for all: each arm is measured with the data of its own task.
    name = options.to or plan.baseline
    reference = next(arm for arm in plan.arms if name in (arm.name, arm.setting))
    arms, problems = [], []
    for arm in plan.arms:
        try:
            arms.append(_matched(arm, reference, options, size_of, plan))
        except ConfigurationError as error:
            problems += [replace(one, path=f"match: arm '{arm.name}'") for one in error.problems]
    if problems:
        raise ConfigurationError([Problem(one.problem, one.path, one.hint) for one in problems])
    # Arms that differed in the matched width alone are equal now.
    return replace(plan, arms=tuple(arms), same=tuple(same_configs(arms)))


def _matched(arm: Arm, reference: Arm, options: SizeOptions, size_of: SizeOf, plan: StudyPlan) -> Arm:
    # An encoder that both share would hide the difference between the rest; another encoder is part of it.
    whole = canonical({"encoder": arm.config.get("encoder")}) != canonical({"encoder": reference.config.get("encoder")})
    # On the arm's data, since the number of labels is part of the size.
    other = {**reference.config, "data": arm.config["data"]}
    if canonical(other) == canonical(arm.config):
        # It is the reference, or differs from it in the data alone.
        return arm
    wanted = size_of(other, whole)
    key = width_of(arm, options)
    if key is None:
        found = size_of(arm.config, whole)
        if abs(found / wanted - 1) <= TOLERANCE:
            return arm
        raise ConfigurationError(
            f"it has {found:,} {options.by} and no width to adjust, '{reference.name}' has {wanted:,}",
            hint="name a key of it with 'width' in its options, or match another study without this arm",
        )

    def size(width: int) -> int | None:
        try:
            return size_of(_with_width(arm.config, key, width), whole)
        except ConfigurationError:
            return None  # a component may take only some widths, such as multiples of its heads

    value, found = matched_width(size, wanted)
    if abs(found / wanted - 1) > TOLERANCE:
        raise ConfigurationError(
            f"it cannot have {wanted:,} {options.by} by {key}: the nearest is {value} with {found:,}, "
            f"{100 * (found / wanted - 1):+.1f} %",
            hint="name another key with 'width', or change a component",
        )
    match = SizeMatch(options.by, key, _value_at(arm.config, key), value, found, wanted)
    logger.info("matching '%s' with '%s': %s", arm.name, reference.name, match)
    config = _with_width(arm.config, key, value)
    # Changes are listed against the base without its seed, as those of every arm.
    base = {name: own for name, own in plan.study.base.items() if name != "seed"}
    return replace(arm, config=config, changes=tuple(differing_keys(base, config)), match=match)


def _with_width(config: Mapping[str, Any], key: str, value: int) -> dict[str, Any]:
    changed: dict[str, Any] = merge(config, nested(key, value))
    return changed


def _value_at(config: Mapping[str, Any], key: str) -> int | None:
    """Return the number at a key path; None where the config leaves it to a default."""
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, int) else None
