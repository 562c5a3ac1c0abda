"""From the arguments of a command to a study whose arms are checked."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spanreg.cli.config_arguments import pairs
from spanreg.registry import (
    Params,
    apply_settings,
    fit_swaps,
    in_file,
    include_package,
    parse_overrides,
    with_overrides,
)
from spanreg.studies.patches import experiment_class
from spanreg.studies.plan import StudyPlan, plan_study
from spanreg.studies.study import Study

if TYPE_CHECKING:
    from spanreg.executors.base import Executor

logger = logging.getLogger(__name__)


def read_plan(arguments: Namespace) -> StudyPlan:
    """The study of ``arguments.target`` with all overrides applied, and every arm checked.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    for package in arguments.include_package:
        include_package(package)
    params = _read(arguments)
    return plan_study(Study.from_params(params.duplicate()), params, many=arguments.yes)


def read_executor(arguments: Namespace) -> Executor:
    """Where runs are made: a registered name, or an object in JSON or Jsonnet with options.

    Raises:
        ConfigurationError: there is no such executor, or its options do not fit.
    """
    from spanreg.executors.base import Executor

    text = arguments.executor.strip()
    given = parse_overrides(text, name="--executor") if text.startswith("{") else {"type": text}
    jobs = {} if arguments.jobs is None else {"jobs": arguments.jobs}
    with in_file("--executor"):
        executor: Executor = Executor.from_params({**given, **jobs})
    return executor


def _read(arguments: Namespace) -> Params:
    variables = pairs(arguments.ext_var, "--ext-var"), pairs(arguments.ext_code, "--ext-code"), arguments.jpath
    params = Params.from_file(arguments.target, "", variables[0], ext_codes=variables[1], jpath=variables[2])
    given = in_file_order(params.as_dict(quiet=True), params.origin.lines)
    changed = with_overrides(given, parse_overrides(arguments.overrides, *variables), "--overrides ")
    changed = apply_settings(changed, arguments.settings)
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
