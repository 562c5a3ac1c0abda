"""Arguments of commands that read a study, and the checked study that results from them."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.options.command_parser import add_json_argument, add_yes_argument
from spanreg.cli.options.config_arguments import add_config_arguments, overridden, read_values
from spanreg.limits import limits
from spanreg.registry import ConfigurationError, MistakeCollector, Params, in_file, include_packages
from spanreg.registry.config.files import read_overrides
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import read_study
from spanreg.studies.define.study_file import fit_base, in_file_order
from spanreg.studies.execute.matching import with_matched_sizes

if TYPE_CHECKING:
    from spanreg.executors.base import Executor
    from spanreg.studies.execute.run import StudyRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StudyInvocation:
    """Arguments of a command that executes runs, as ``read_run_arguments`` returns them."""

    plan: StudyPlan
    folder: Path
    executor: Executor
    request: StudyRequest
    update: bool
    "Repeat finished runs whose code or data has changed."


def add_study_arguments(parser: ArgumentParser) -> None:
    """Add the study file and its overrides."""
    parser.add_argument("target", type=Path, metavar="FILE", help="study file")
    add_config_arguments(parser)
    add_yes_argument(parser)


def add_run_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of a command that makes runs of a study."""
    add_study_arguments(parser)
    parser.add_argument("-s", "--folder", type=Path, required=True, metavar="DIR", help="folder of the study")
    add_executor_arguments(parser)
    add_json_argument(parser)


def add_executor_arguments(parser: ArgumentParser) -> None:
    """Add where and how many runs are made, and whether outdated ones are repeated."""
    parser.add_argument(
        "--executor",
        default="local",
        metavar="NAME|JSON",
        help="local, ray or slurm, or one of them with options: {type: 'slurm', minutes: 90} (default: local)",
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="number of concurrent runs (default: 1)")
    parser.add_argument("--update", action="store_true", help="repeat finished runs whose code or data has changed")


def plan_file(file: str | Path | Params, arguments: Namespace, *, many: bool = False) -> StudyPlan:
    """Return the study of a file with all overrides applied and every arm checked.

    Args:
        file: the study file, or the values that ``read_values`` returned for it.
        arguments: of a command that takes ``add_config_arguments``.
        many: allow more than ``MOST_ARMS`` arms.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    params = file if isinstance(file, Params) else read_values(file, arguments)
    study = overridden_study(params, arguments)
    return plan_study(read_study(study), study, many=many)


def overridden_study(params: Params, arguments: Namespace) -> Params:
    """Return the values of a study with all overrides applied, in the order of the file; log keys that are dropped.

    Args:
        params: the values of the file.
        arguments: of a command that takes ``add_config_arguments``.

    Raises:
        ConfigurationError: an override cannot be read, or its parent does not exist.
    """
    include_packages(arguments.include_package)
    # Jsonnet sorts keys by name; arms are run and reported in the order of the file.
    given = in_file_order(params)
    # Other files that are no studies, such as one with neither key, are reported by ``read_study``.
    if "base" not in given and "data" in given:
        hint = "use 'spanreg train', or make it the base of a study: { base: import '...' }"
        raise ConfigurationError("is a config, not a study", file=params.origin.file, hint=hint)
    changed, dropped = fit_base(given, overridden(given, arguments, params.origin.externals))
    for key in dropped:
        logger.warning("base.%s", key)
    return Params(changed, origin=params.origin)


def read_run_arguments(arguments: Namespace) -> StudyInvocation:
    """Return the checked study of a command with ``add_run_arguments``, and where and how to make its runs.

    Raises:
        ConfigurationError: all mistakes of the study and of the executor at once.
    """
    mistakes = MistakeCollector()
    with mistakes:
        executor = build_executor(arguments.executor, arguments.jobs)
    with mistakes:
        plan = plan_file(arguments.target, arguments, many=arguments.yes)
    mistakes.raise_all()
    # After all checks: matching sizes builds the models of the arms.
    plan = with_matched_sizes(plan)
    request = request_of(arguments.target, arguments)
    return StudyInvocation(plan, arguments.folder, executor, request, arguments.update)


def build_executor(text: str, jobs: int | None) -> Executor:
    """Return the executor of ``--executor``: a registered name, or an object in JSON or Jsonnet with options.

    Args:
        text: value of ``--executor``.
        jobs: value of ``--jobs``, which replaces the executor's own.

    Raises:
        ConfigurationError: the executor is not registered, or its options are wrong.
    """
    from spanreg.executors.base import Executor

    if jobs is not None and jobs < 1:
        raise ConfigurationError(f"is {jobs}", path="--jobs", hint="give 1 or more")
    # Evaluated by Jsonnet, so that shells need no double quotes: {type: 'slurm'}.
    is_object = text.strip().startswith("{")
    given = read_overrides(text, limits=limits().evaluation, name="--executor").values if is_object else {"type": text}
    with in_file("--executor"):
        executor: Executor = Executor.from_params(given if jobs is None else {**given, "jobs": jobs})
    return executor


def request_of(file: Path, arguments: Namespace) -> StudyRequest:
    """Return how a study was requested, for its record."""
    from spanreg.studies.execute.run import StudyRequest

    return StudyRequest(file.stem, file.read_text(encoding="utf-8"), arguments.include_package, arguments.argv)
