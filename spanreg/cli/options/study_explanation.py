"""Explain a study: the config of one of its arms, or its own keys."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from spanreg.cli.options.arm_places import MODE, place_in_study
from spanreg.cli.options.config_origins import Explanation, resolved_plan, single_path
from spanreg.cli.options.study_arguments import overridden_study
from spanreg.registry import ConfigurationError, Params, plan_params, signature_of, stand_in, suggest
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.config.tracing import ValueOrigin, ValueOrigins
from spanreg.registry.handlers.resolution import GIVEN, KeyPath, ResolvedValue, resolve
from spanreg.studies.define.arms import Arm
from spanreg.studies.define.patches import PATCH
from spanreg.studies.define.plan import read_arms
from spanreg.studies.define.study import StudyDefinition, read_study
from spanreg.training.config.experiment_plan import plan_experiment
from spanreg.training.config.forms.resolved import resolve_values

_STUDY: Final = ("spanreg.studies.define.study", "StudyDefinition")


def explain_study(params: Params, origins: ValueOrigins, arguments: Namespace) -> Explanation:
    """Explain an arm, whose values come from the base, its patch or an axis; without one, the study's own keys.

    Args:
        params: the values of the study file, without overrides.
        origins: the origins of its values, with those of overrides.
        arguments: those of ``spanreg explain``.

    Raises:
        ConfigurationError: the study has mistakes, or there is no such arm or key.
    """
    params = overridden_study(params, arguments)
    study = read_study(params)
    arms = {arm.name: arm for arm in read_arms(study, params.origin, many=arguments.yes)}
    arm, path = _find_arm(arms, arguments.where)
    values = params.as_dict(quiet=True)
    if arm is None:
        resolved = resolve(plan_params(stand_in(*_STUDY), values), values)
        return _with_types_of_configs(resolved, study, arms), origins.of_value, path

    def origin_of(at: KeyPath, value: Any) -> ValueOrigin:
        place = place_in_study(arm, values, at)
        origin = origins.of_value(place, value)
        return replace(origin, kind="mode") if place == MODE else origin

    resolved = resolved_plan(plan_experiment(Params(dict(arm.config), origin=ConfigOrigin(params.origin.file))))
    # The study sets the seeds, so that the default of the config has no meaning.
    seeds = list(arm.seeds or study.seeds)
    children = tuple(
        replace(child, value=seeds, source=GIVEN) if child.path == ("seed",) else child for child in resolved.children
    )
    return replace(resolved, children=children), origin_of, path


def _with_types_of_configs(whole: ResolvedValue, study: StudyDefinition, arms: Mapping[str, Arm]) -> ResolvedValue:
    """Return a resolved study whose base and arms have the types and meanings of the keys of a config."""

    # Every leaf of an arm asks for the same resolved config.
    @cache
    def keys_of(name: str) -> dict[KeyPath, ResolvedValue]:
        """Return the resolved keys of the base, or of an arm by its name."""
        # In a study on several tasks, a name means one arm for each; types and meanings are those of the first.
        arm = next((one for one in arms.values() if (one.setting or one.name) == name), None)
        config = arm.config if arm is not None else study.base
        resolved = resolve_values(config)
        return {one.path: one for one in resolved.leaves()} if resolved is not None else {}

    def typed(value: ResolvedValue) -> ResolvedValue:
        if value.children:
            return replace(value, children=tuple(map(typed, value.children)))
        known = keys_of(str(study.base_name)) if value.path[:1] == ("base",) else {}
        key = value.path[1:]
        if value.path[:1] == ("arms",) and len(value.path) > 2:
            known = keys_of(str(value.path[1]))
            key = value.path[3:] if value.path[2] == PATCH else value.path[2:]
        # A patch may have dotted keys, and a component's name alone.
        key = tuple(part for one in key for part in (one.split(".") if isinstance(one, str) else (one,)))
        found = known.get(key) or known.get((*key, "type"))
        return replace(value, type=found.type, about=found.about) if found else value

    return typed(whole)


def _find_arm(arms: Mapping[str, Arm], where: list[str]) -> tuple[Arm | None, str]:
    """Return the arm and the key path of ``ARM``, ``ARM PATH`` or ``ARM.PATH``; no arm for a key of the study."""
    if len(where) > 1 or (where and where[0] in arms):
        if where[0] not in arms:
            raise ConfigurationError(f"there is no arm '{where[0]}'", hint=suggest(where[0], arms, "arms"))
        return arms[where[0]], single_path(where[1:])
    text = single_path(where)
    # The name of an arm may have dots itself.
    name = max((one for one in arms if text.startswith(f"{one}.")), key=len, default=None)
    if name is not None:
        return arms[name], text[len(name) + 1 :]
    keys, head = signature_of(stand_in(*_STUDY)).names, text.partition(".")[0]
    if head and head not in keys:
        raise ConfigurationError(
            f"there is no arm or key '{head}'", hint=suggest(head, [*arms, *keys], "arms and keys")
        )
    return None, text
