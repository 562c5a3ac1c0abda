"""Check configs and studies against the signatures of all components, without building anything."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from spanreg.cli.options.command_parser import add_yes_argument
from spanreg.cli.options.config_arguments import add_config_arguments, read_checked, read_values
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.registry import ConfigurationError, Params, Problem
from spanreg.studies.define.study_file import is_study, resolved_study
from spanreg.training.config.forms.current import resolved_config
from spanreg.training.config.forms.resolved import resolve_values
from spanreg.training.config.forms.upgrades import FORM

logger = logging.getLogger(__name__)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("configs", nargs="+", metavar="CONFIG", help="Jsonnet or JSON files: configs, or studies")
    parser.add_argument("--json", action="store_true", help='print {"problems": [...]}')
    parser.add_argument(
        "--resolved", action="store_true", help="print one config or study with every default, as Jsonnet (or JSON)"
    )
    add_yes_argument(parser)
    add_config_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 2 if a config has a problem."""
    if arguments.resolved:
        return _print_resolved(arguments)
    found = {config: _problems(config, arguments) for config in arguments.configs}
    # A config that only needs --include-package to run is correct.
    for problem in (problem for problems in found.values() for problem in problems if problem.only_to_run):
        logger.warning("to run it: %s", problem)
    found = {config: [one for one in problems if not one.only_to_run] for config, problems in found.items()}
    problems = [problem for problems in found.values() for problem in problems]
    if arguments.json:
        print_json({"problems": [problem.as_dict() for problem in problems]})
    else:
        for config, own in found.items():
            for line in map(str, own) if own else [f"{config}: no problems"]:
                print_line(line)
    return 2 if problems else 0


def _problems(config: str, arguments: Namespace) -> Sequence[Problem]:
    """Return what is wrong with a config or a study."""
    try:
        params = read_values(config, arguments)
        if is_study(params):
            # Imported late, as below: configs need nothing of studies.
            from spanreg.cli.options.study_arguments import plan_file

            plan_file(params, arguments, many=arguments.yes)
        else:
            read_checked(params, arguments)
    except ConfigurationError as error:
        return error.problems
    return ()


def _print_resolved(arguments: Namespace) -> int:
    """Print a config or a study without mistakes, with every default.

    A run of the printed config has the same id as one of the config that it is made from.
    """
    if len(arguments.configs) > 1:
        hint = "give one at a time"
        raise ConfigurationError(f"{len(arguments.configs)} configs are too many", path="--resolved", hint=hint)
    file = arguments.configs[0]
    params = read_values(file, arguments)
    if is_study(params):
        _print_resolved_study(params, file, arguments)
    else:
        _print_resolved_config(params, file, arguments)
    return 0


def _print_resolved_study(params: Params, file: str, arguments: Namespace) -> None:
    """Print a study with every default of its base."""
    from spanreg.cli.options.study_arguments import overridden_study
    from spanreg.cli.rendering.jsonnet import spell_data
    from spanreg.studies.define.plan import plan_study
    from spanreg.studies.define.study import read_study

    # Not by ``plan_file``, which would apply the overrides again, and log each key that they drop twice.
    study = overridden_study(params, arguments)
    plan_study(read_study(study), study, many=arguments.yes)  # raises all mistakes
    resolved = resolved_study(study.as_dict(quiet=True))
    if arguments.json:
        print_json(resolved)
    else:
        print_line(f"// {file} with every default; the base names its given keys in spanreg.given.")
        print_line(spell_data(resolved))


def _print_resolved_config(params: Params, file: str, arguments: Namespace) -> None:
    """Print a config with every default."""
    from spanreg.cli.rendering.jsonnet import spell_resolved

    config = read_checked(params, arguments).params.as_dict(quiet=True)
    root, whole = resolve_values(config), resolved_config(config)
    # A plan without problems can be resolved.
    assert root is not None
    assert whole is not None
    if arguments.json:
        print_json(whole)
    else:
        about = "with every default. A key outside of spanreg.given counts only if it is not its default."
        print_line(f"// {file} {about}")
        print_line(spell_resolved(root, [(FORM, whole[FORM])]))
