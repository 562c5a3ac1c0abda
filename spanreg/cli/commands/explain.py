"""Show every key of a config: its value or default, its type, its meaning, and where the value comes from.

The target is a config, a study with one of its arms, or the folder of a run.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from spanreg.cli.options.command_parser import add_json_argument, add_yes_argument
from spanreg.cli.options.config_arguments import add_config_arguments, read_params, require_no_overrides
from spanreg.cli.options.config_origins import (
    Explanation,
    read_traced,
    resolved_plan,
    single_path,
    with_override_origins,
)
from spanreg.cli.rendering.explanation import ExplainedKey, print_explanation
from spanreg.cli.rendering.output import print_json
from spanreg.registry import ConfigurationError, Params, include_packages, suggest
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.config.tracing import trace_config
from spanreg.registry.config.tracing.origins import DEFAULT, INHERITED, RUN_TIME
from spanreg.registry.handlers.resolution import KeyPath, ResolvedValue
from spanreg.studies.define.study_file import in_file_order, is_study
from spanreg.training.config.experiment_plan import plan_experiment

# Sources of values that the file does not have, so that there is no line to name.
_NOT_GIVEN = {"default": DEFAULT, "unknown": DEFAULT, "run time": RUN_TIME, "inherited": INHERITED}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", metavar="TARGET", help="config, study, or folder of a run")
    parser.add_argument(
        "where", nargs="*", default=[], metavar="PATH", help="key path to show; for a study: ARM, ARM PATH or ARM.PATH"
    )
    add_json_argument(parser)
    add_yes_argument(parser)
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


def _explain_file(arguments: Namespace) -> Explanation:
    """Explain a config, or a study and its arms."""
    params, origins = read_traced(arguments.target, arguments)
    if is_study(params):
        # Imported late: configs need nothing of studies.
        from spanreg.cli.options.study_explanation import explain_study

        return explain_study(params, with_override_origins(in_file_order(params), origins, arguments), arguments)
    plan = plan_experiment(read_params(params, arguments))
    origins = with_override_origins(params.as_dict(quiet=True), origins, arguments)
    return resolved_plan(plan), origins.of_value, single_path(arguments.where)


def _explain_run(folder: Path, arguments: Namespace) -> Explanation:
    """Explain the config that a run recorded: the values of its ``config.json``, with the defaults of this version."""
    from spanreg.training.runs.reader import RunReader

    if (folder / "plan.json").exists():
        hint = "explain its study file with the name of an arm, or one of its runs"
        raise ConfigurationError(f"{folder} is the folder of a study", hint=hint)
    hint = "remove it, or explain the config that the run was made from"
    require_no_overrides(arguments, "has no effect on the recorded config of a run", hint)
    file = folder / "config.json"
    config = dict(RunReader(folder).config())
    plan = plan_experiment(Params(config, origin=ConfigOrigin(str(file))))
    return resolved_plan(plan), trace_config(str(file)).matching(config).of_value, single_path(arguments.where)


def _is_at(path: KeyPath, wanted: str) -> bool:
    """Return whether a key path is a dotted one, or below it."""
    # With a dot at the end, so that "train" does not match "training".
    return not wanted or f"{_dotted(path)}.".startswith(f"{wanted}.")


def _dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))


def _with_inner(value: ResolvedValue) -> Iterator[ResolvedValue]:
    """Yield all values that have children."""
    if value.children:
        yield value
        for child in value.children:
            yield from _with_inner(child)
