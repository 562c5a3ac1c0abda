"""The arguments that every command with a config takes, and the checked config that they give."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from spanreg.registry import (
    ConfigurationError,
    Params,
    apply_settings,
    fit_swaps,
    include_packages,
    parse_overrides,
    plan_params,
    with_overrides,
)
from spanreg.training.fit import experiment_class, misfits

logger = logging.getLogger(__name__)


def add_config_arguments(parser: ArgumentParser) -> None:
    """Overrides, external variables, import folders and packages to include."""
    group = parser.add_argument_group("config")
    group.add_argument("-o", "--overrides", default="", metavar="JSON", help="JSON or Jsonnet; keys may be dotted")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="A.B=VALUE",
        help="set one value; ~A.B deletes it; a new type keeps the keys that fit",
    )
    group.add_argument("--ext-var", action="append", default=[], metavar="K=V", help="external variable, a string")
    group.add_argument("--ext-code", action="append", default=[], metavar="K=EXPR", help="external variable, Jsonnet")
    group.add_argument("--jpath", action="append", default=[], metavar="DIR", help="folder for Jsonnet imports")
    add_include_argument(parser)


def add_include_argument(parser: ArgumentParser) -> None:
    """Packages with components of the user's own."""
    parser.add_argument(
        "--include-package",
        action="append",
        default=[],
        metavar="P",
        help="import a package with all below it, or a Python file, before anything else",
    )


def overridden(given: dict[str, Any], arguments: Namespace) -> dict[str, Any]:
    """The values of a file with ``-o`` and ``--set`` applied.

    Raises:
        ConfigurationError: an override cannot be read, or fits nowhere.
    """
    overrides = parse_overrides(arguments.overrides, *variables_of(arguments))
    return apply_settings(with_overrides(given, overrides, "--overrides "), arguments.settings)


def read_params(config: str | Path, arguments: Namespace) -> Params:
    """The config with all overrides applied; keys dropped by a swap of types are logged.

    Raises:
        ConfigurationError: the config cannot be read, or an override fits nowhere.
    """
    include_packages(arguments.include_package)
    params = read_values(config, arguments)
    given = params.as_dict(quiet=True)
    fitted, dropped = fit_swaps(given, overridden(given, arguments), experiment_class())
    for key in dropped:
        logger.warning("%s", key)
    return Params(fitted, origin=params.origin)


def read_checked(config: str | Path, arguments: Namespace) -> Params:
    """The same, checked against the signatures of all components.

    Raises:
        ConfigurationError: all problems of the config at once.
    """
    params = read_params(config, arguments)
    problems = [*plan_params(experiment_class(), params).problems, *misfits(params)]
    if problems:
        raise ConfigurationError(problems)
    return params


def read_values(file: str | Path, arguments: Namespace) -> Params:
    """What a file says, before any override.

    Raises:
        ConfigurationError: the file cannot be read or evaluated.
    """
    texts, codes, folders = variables_of(arguments)
    return Params.from_file(file, "", texts, ext_codes=codes, jpath=folders)


def variables_of(arguments: Namespace) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """External variables as strings and as Jsonnet, and the folders for imports."""
    return pairs(arguments.ext_var, "--ext-var"), pairs(arguments.ext_code, "--ext-code"), arguments.jpath


def pairs(texts: list[str], flag: str) -> dict[str, str]:
    """``K=V`` arguments as a dict.

    Raises:
        ConfigurationError: one without ``=``.
    """
    wrong = [text for text in texts if "=" not in text]
    if wrong:
        raise ConfigurationError(f"'{wrong[0]}' has no '='", path=flag, hint="write NAME=VALUE")
    return dict(text.split("=", 1) for text in texts)
