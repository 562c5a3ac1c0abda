"""Arguments of commands that read a config, and the checked config that results from them."""

from __future__ import annotations

import argparse
import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Collection
from pathlib import Path
from threading import Thread
from typing import Any

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.limits import limits
from spanreg.registry import (
    ConfigurationError,
    MistakeCollector,
    Params,
    Problem,
    apply_settings,
    fit_swaps,
    include_packages,
    signature_of,
    with_overrides,
)
from spanreg.registry.config.evaluation import ExternalVariables
from spanreg.registry.config.evaluation.evaluator import ALLOWED
from spanreg.registry.config.files import read_overrides
from spanreg.registry.source.index import entries
from spanreg.studies.define.study_file import is_study
from spanreg.training.config.experiment_plan import ExperimentPlan, experiment_class, plan_experiment
from spanreg.training.runs.command import recorded_command

logger = logging.getLogger(__name__)


def add_config_arguments(parser: ArgumentParser) -> None:
    """Add overrides, external variables, import folders and packages to include."""
    group = parser.add_argument_group("config")
    group.add_argument(
        "-o", "--overrides", default="", metavar="JSON", help="values to merge, as JSON or Jsonnet; keys may be dotted"
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="A.B=VALUE",
        help="set one value, or delete it with ~A.B; a new type keeps the keys that it takes; may be repeated",
    )
    add_external_arguments(group)
    add_include_argument(parser)


def add_external_arguments(parser: argparse._ActionsContainer) -> None:
    """Add external variables and import folders."""
    parser.add_argument(
        "--ext-var", action="append", default=[], metavar="K=V", help="external variable as a string; may be repeated"
    )
    parser.add_argument(
        "--ext-code",
        action="append",
        default=[],
        metavar="K=EXPR",
        help="external variable as Jsonnet; may be repeated",
    )
    parser.add_argument(
        "--ext-env",
        action="append",
        default=[],
        metavar="NAME",
        help=f"environment variable, or a glob of them, to pass as external variable; may be repeated "
        f"(always passed: {', '.join(ALLOWED)})",
    )
    parser.add_argument(
        "--jpath",
        action="append",
        default=[],
        metavar="DIR",
        help="additional folder for Jsonnet imports; may be repeated",
    )


def overridden(given: dict[str, Any], arguments: Namespace, used: Collection[str] = ()) -> dict[str, Any]:
    """Return the values of a file with ``-o`` and ``--set`` applied.

    Also removes values from ``arguments.argv`` that must not be recorded, such as secrets.

    Args:
        given: the values of the file.
        arguments: arguments of the command.
        used: external variables that the file uses.

    Raises:
        ConfigurationError: an override cannot be read, or its parent does not exist.
    """
    overrides = read_overrides(arguments.overrides, externals_of(arguments), limits().evaluation)
    # A variable that nothing uses may be a secret of another program.
    arguments.argv = recorded_command(getattr(arguments, "argv", ()), {*used, *overrides.externals})
    # ``--set`` is applied last, so that it wins over ``-o`` in any order on the command line.
    return apply_settings(with_overrides(given, overrides.values, "--overrides "), arguments.settings)


def require_no_overrides(arguments: Namespace, problem: str, hint: str) -> None:
    """Check that no override, external variable or import folder is given, for a command that evaluates no file.

    Args:
        arguments: of a command that takes ``add_config_arguments``.
        problem: why they have no effect.
        hint: what to do.

    Raises:
        ConfigurationError: some are given; all of them at once.
    """
    values = {
        "--overrides": arguments.overrides,
        "--set": arguments.settings,
        "--ext-var": arguments.ext_var,
        "--ext-code": arguments.ext_code,
        "--ext-env": arguments.ext_env,
        "--jpath": arguments.jpath,
    }
    if given := [flag for flag, value in values.items() if value]:
        raise ConfigurationError(Problem(problem, flag, hint) for flag in given)


def read_params(config: str | Path | Params, arguments: Namespace) -> Params:
    """Return the config with all overrides applied; log keys that a new type drops.

    Args:
        config: the file, or the values that ``read_values`` returned for it.
        arguments: arguments of the command.

    Raises:
        ConfigurationError: the config cannot be read, or the parent of an override does not exist.
    """
    mistakes = MistakeCollector()
    with mistakes:
        include_packages(arguments.include_package)
    with mistakes:
        params = config if isinstance(config, Params) else read_values(config, arguments)
    mistakes.raise_all()
    given = params.as_dict(quiet=True)
    if is_study(given):
        raise ConfigurationError(
            "is a study", file=params.origin.file, hint="use 'spanreg study run', or name a config"
        )
    changed = overridden(given, arguments, params.origin.externals)
    # Keys of the former type that the new one does not take would be reported as unknown.
    fitted, dropped = fit_swaps(given, changed, experiment_class())
    for key in dropped:
        logger.warning("%s", key)
    return Params(fitted, origin=params.origin)


def read_checked(config: str | Path | Params, arguments: Namespace) -> ExperimentPlan:
    """Return the plan of the config with all overrides applied; it has no problems.

    Raises:
        ConfigurationError: all problems of the config at once.
    """
    plan = plan_experiment(read_params(config, arguments))
    if problems := plan.problems:
        raise ConfigurationError(problems)
    return plan


def read_values(file: str | Path, arguments: Namespace) -> Params:
    """Return the values of a file, without overrides.

    Raises:
        ConfigurationError: the file cannot be read or evaluated.
    """
    given = externals_of(arguments)
    # Another process evaluates the file; meanwhile this one reads what it is checked against.
    preparation = Thread(target=_prepare)
    preparation.start()
    try:
        return Params.from_file(
            file,
            "",
            given.texts,
            ext_codes=given.codes,
            jpath=given.jpath,
            ext_env=given.environment,
            limits=limits().evaluation,
        )
    finally:
        # What is read is cached only when a call ends: without waiting, the check would read the same again.
        preparation.join()


def _prepare() -> None:
    """Read the classes of options and the names of all components, which are cached."""
    signature_of(experiment_class())
    entries()


def externals_of(arguments: Namespace) -> ExternalVariables:
    """Return the external variables and the folders for imports."""
    mistakes = MistakeCollector()
    with mistakes:
        texts = pairs(arguments.ext_var, "--ext-var")
    with mistakes:
        codes = pairs(arguments.ext_code, "--ext-code")
    mistakes.raise_all()
    return ExternalVariables(texts, codes, tuple(arguments.ext_env), tuple(arguments.jpath))


def repeated(arguments: Namespace) -> list[str]:
    """Return the words of a command line that give its external variables, import folders and packages again."""
    given = {
        "--ext-var": arguments.ext_var,
        "--ext-code": arguments.ext_code,
        "--ext-env": arguments.ext_env,
        "--jpath": arguments.jpath,
        "--include-package": arguments.include_package,
    }
    return [word for flag, values in given.items() for value in values for word in (flag, value)]


def pairs(texts: list[str], flag: str) -> dict[str, str]:
    """Return ``K=V`` arguments as a dict.

    Raises:
        ConfigurationError: arguments without ``=``.
    """
    wrong = [text for text in texts if "=" not in text]
    if wrong:
        raise ConfigurationError(Problem(f"'{text}' has no '='", flag, "write NAME=VALUE") for text in wrong)
    return dict(text.split("=", 1) for text in texts)
