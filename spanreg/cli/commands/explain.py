"""Show every key of a config: its value or default, its type, its meaning, and where the value comes from.

The target is a config, a study with one of its arms, or the folder of a run.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from spanreg.cli.options.arm_places import MODE, place_in_study
from spanreg.cli.options.config_arguments import add_config_arguments, read_params
from spanreg.cli.options.config_origins import read_traced, with_override_origins
from spanreg.cli.options.study_arguments import add_json_argument, overridden_study
from spanreg.cli.rendering.explanation import ExplainedKey, print_explanation
from spanreg.cli.rendering.output import print_json
from spanreg.registry import ConfigurationError, Params, include_packages, plan_params, signature_of, stand_in, suggest
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.config.tracing import ValueOrigin, ValueOrigins, trace_config
from spanreg.registry.config.tracing.origins import DEFAULT, INHERITED, RUN_TIME
from spanreg.registry.handlers.resolution import GIVEN, KeyPath, ResolvedValue, resolve
from spanreg.studies.define.arms import Arm
from spanreg.studies.define.plan import read_arms
from spanreg.studies.define.study import Study
from spanreg.studies.define.study_file import in_file_order, is_study
from spanreg.training.config.experiment_plan import ExperimentPlan, plan_experiment
from spanreg.training.config.forms.resolved import resolve_values

_STUDY: Final = ("spanreg.studies.define.study", "Study")
_NOT_GIVEN = {"default": DEFAULT, "unknown": DEFAULT, "run time": RUN_TIME, "inherited": INHERITED}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", metavar="TARGET", help="config, study, or folder of a run")
    parser.add_argument(
        "where", nargs="*", default=[], metavar="PATH", help="key path to show; for a study: ARM, ARM PATH or ARM.PATH"
    )
    add_json_argument(parser)
    add_config_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    include_packages(arguments.include_package)
    target = Path(arguments.target)
    resolved, origin_of, path = _explain_run(target, arguments) if target.is_dir() else _explain_file(arguments)
    keys = [
        ExplainedKey.of(one, _NOT_GIVEN.get(one.source) or origin_of(one.path, one.value))
        for one in resolved.leaves()
        if _is_at(one.path, path)
    ]
    if not keys:
        known = [_dotted(one.path) for one in (*_with_inner(resolved), *resolved.leaves()) if one.path]
        raise ConfigurationError(f"there is no key '{path}'", file=str(target), hint=suggest(path, known, "keys"))
    if arguments.json:
        print_json({"keys": [one.as_dict() for one in keys]})
    else:
        print_explanation(keys, _with_inner(resolved))
    return 0


Explanation = tuple[ResolvedValue, Callable[[KeyPath, Any], ValueOrigin], str]
"A resolved config, the function that returns the origin of a value, and the key path to show."


def _explain_file(arguments: Namespace) -> Explanation:
    params, origins = read_traced(arguments.target, arguments)
    if is_study(params):
        study = overridden_study(params, arguments)
        origins = with_override_origins(in_file_order(params), origins, arguments)
        return _explain_study(study, origins, arguments.where)
    plan = plan_experiment(read_params(params, arguments))
    origins = with_override_origins(params.as_dict(quiet=True), origins, arguments)
    return _resolved(plan), origins.of_value, _single(arguments.where)


def _explain_run(folder: Path, arguments: Namespace) -> Explanation:
    """Explain the config that a run recorded: the values of its ``config.json``, with the defaults of this version."""
    from spanreg.training.runs.reader import RunReader

    if (folder / "plan.json").exists():
        hint = "explain its study file with the name of an arm, or one of its runs"
        raise ConfigurationError(f"{folder} is the folder of a study", hint=hint)
    file = folder / "config.json"
    config = dict(RunReader(folder).config())
    plan = plan_experiment(Params(config, origin=ConfigOrigin(str(file))))
    return _resolved(plan), trace_config(str(file)).of(config).of_value, _single(arguments.where)


def _resolved(plan: ExperimentPlan) -> ResolvedValue:
    """Return the resolved config, without asking for the files that it names.

    Raises:
        ConfigurationError: keys or types are wrong.
    """
    resolved = resolve_values(plan.params.as_dict(quiet=True))
    if resolved is None:
        raise ConfigurationError(plan.plan.problems)
    return resolved


def _explain_study(params: Params, origins: ValueOrigins, where: list[str]) -> Explanation:
    """Explain an arm, whose values come from the base, its patch or an axis; without one, the study's own keys."""
    study = Study.from_params(params.duplicate())
    arms = {arm.name: arm for arm in read_arms(study, params.origin)}
    arm, path = _find_arm(arms, where)
    if arm is None:
        values = params.as_dict(quiet=True)
        return resolve(plan_params(stand_in(*_STUDY), values), values), origins.of_value, path

    def origin_of(at: KeyPath, value: Any) -> ValueOrigin:
        place = place_in_study(arm, study.named, at)
        origin = origins.of_value(place, value)
        return replace(origin, kind="mode") if place == MODE else origin

    resolved = _resolved(plan_experiment(Params(dict(arm.config), origin=ConfigOrigin(params.origin.file))))
    # The study sets the seeds, so that the default of the config has no meaning.
    seeds = list(arm.seeds or study.seeds)
    children = tuple(
        replace(child, value=seeds, source=GIVEN) if child.path == ("seed",) else child for child in resolved.children
    )
    return replace(resolved, children=children), origin_of, path


def _find_arm(arms: Mapping[str, Arm], where: list[str]) -> tuple[Arm | None, str]:
    """Return the arm and the key path of ``ARM``, ``ARM PATH`` or ``ARM.PATH``; no arm for a key of the study."""
    if len(where) > 1 or (where and where[0] in arms):
        if where[0] not in arms:
            raise ConfigurationError(f"there is no arm '{where[0]}'", hint=suggest(where[0], arms, "arms"))
        return arms[where[0]], _single(where[1:])
    text = _single(where)
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


def _single(where: list[str]) -> str:
    if len(where) > 1:
        raise ConfigurationError(f"'{where[1]}' is one key path too many", path="PATH", hint="give one at a time")
    return where[0] if where else ""


def _is_at(path: KeyPath, wanted: str) -> bool:
    """Return whether a key path is a dotted one, or below it."""
    return not wanted or f"{_dotted(path)}.".startswith(f"{wanted}.")


def _dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))


def _with_inner(value: ResolvedValue) -> Iterator[ResolvedValue]:
    """Yield all values that have children."""
    if value.children:
        yield value
        for child in value.children:
            yield from _with_inner(child)
