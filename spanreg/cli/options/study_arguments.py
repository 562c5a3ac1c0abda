"""From the arguments of a command to a study whose arms are checked."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.config_arguments import add_config_arguments, overridden, read_values
from spanreg.limits import limits
from spanreg.registry import (
    ConfigurationError,
    Params,
    fit_swaps,
    in_file,
    include_packages,
)
from spanreg.registry.config.files import read_overrides
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import Study
from spanreg.training.config.compatibility import experiment_class

if TYPE_CHECKING:
    from spanreg.executors.base import Executor
    from spanreg.studies.execute.run import Asked

logger = logging.getLogger(__name__)


def add_study_arguments(parser: ArgumentParser) -> None:
    """Add the study file, and what changes it."""
    parser.add_argument("target", type=Path, metavar="FILE", help="the study file")
    add_config_arguments(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="allow more than a thousand arms")


def add_run_arguments(parser: ArgumentParser) -> None:
    """Add where and how runs are made."""
    parser.add_argument("-s", "--folder", type=Path, metavar="DIR", help="the study's folder")
    parser.add_argument(
        "--executor",
        default="local",
        metavar="NAME|JSON",
        help="where: local, ray, slurm, or with options: {type: 'slurm', minutes: 90} (default: local)",
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="number of runs at a time (default: 1)")
    parser.add_argument("--update", action="store_true", help="make runs again that are out of date")


def add_json_argument(parser: ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def read_plan(arguments: Namespace) -> StudyPlan:
    """The study of ``arguments.target`` with all overrides applied, and every arm checked.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    return plan_file(arguments.target, arguments, many=arguments.yes)


def plan_file(file: str | Path | Params, arguments: Namespace, *, many: bool = False) -> StudyPlan:
    """Return the study of a file with all overrides applied, and every arm checked.

    Args:
        file: the study file, or what ``read_values`` gave for it.
        arguments: of a command that takes ``add_config_arguments``.
        many: more than ``MOST_ARMS`` arms are meant.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    include_packages(arguments.include_package)
    params = _read(file, arguments)
    return plan_study(Study.from_params(params.duplicate()), params, many=many)


def folder_of(arguments: Namespace) -> Path:
    """The folder that runs are made in.

    Raises:
        ConfigurationError: none is named.
    """
    if arguments.folder is None:
        raise ConfigurationError("a study needs a folder to run in", path="-s", hint="name one: -s DIR")
    folder: Path = arguments.folder
    return folder


def read_executor(arguments: Namespace) -> Executor:
    """Where runs are made: a registered name, or an object in JSON or Jsonnet with options.

    Raises:
        ConfigurationError: there is no such executor, or its options do not fit.
    """
    from spanreg.executors.base import Executor

    text = arguments.executor.strip()
    given = (
        read_overrides(text, limits=limits().evaluation, name="--executor").values
        if text.startswith("{")
        else {"type": text}
    )
    jobs = {} if arguments.jobs is None else {"jobs": arguments.jobs}
    with in_file("--executor"):
        executor: Executor = Executor.from_params({**given, **jobs})
    return executor


def asked_of(arguments: Namespace) -> Asked:
    """How the study was asked for, for its record."""
    from spanreg.studies.execute.run import Asked

    source = arguments.target.read_text(encoding="utf-8")
    return Asked(arguments.target.stem, source, arguments.include_package, arguments.argv)


def is_study(values: Mapping[str, Any]) -> bool:
    """Whether a file holds a study rather than a config: it names a base, and no data of its own."""
    return "base" in values and "data" not in values


def _read(file: str | Path | Params, arguments: Namespace) -> Params:
    params = file if isinstance(file, Params) else read_values(file, arguments)
    given = in_file_order(params.as_dict(quiet=True), params.origin.lines)
    changed = overridden(given, arguments, params.origin.externals)
    if isinstance(given.get("base"), dict) and isinstance(changed.get("base"), dict):
        changed["base"], dropped = fit_swaps(given["base"], changed["base"], experiment_class())
        for key in dropped:
            logger.warning("base.%s", key)
    return Params(changed, origin=params.origin)


def in_file_order(value: Any, lines: Mapping[str, int], path: str = "") -> Any:
    """The same with keys in the order of the file: Jsonnet gives them by name, and a study's arms have an order.

    Keys whose line is not known follow, by name.
    """
    if not isinstance(value, dict):
        return value
    below = {key: f"{path}.{key}" if path else key for key in value}
    ordered = sorted(value, key=lambda key: (lines.get(below[key], float("inf")), key))
    return {key: in_file_order(value[key], lines, below[key]) for key in ordered}
