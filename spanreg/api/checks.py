"""``check``: all problems of a config or a study, without building anything."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from spanreg.api.configs import Config, load_config
from spanreg.api.sources import ConfigSource
from spanreg.registry import ConfigurationError, Problem
from spanreg.studies.define.plan import plan_study
from spanreg.studies.define.study import Study as StudyDefinition
from spanreg.studies.define.study_file import is_study

logger = logging.getLogger(__name__)


def check(
    source: ConfigSource | Config, *, overrides: str | Mapping[str, Any] = "", include: Iterable[str] = ()
) -> list[Problem]:
    """Return all problems of a config or a study that can be found without reading data; none if it is right.

    ``[str(problem) for problem in check({"data": "demo"})]``

    torch is not imported, and the texts are those of ``spanreg check``.

    Args:
        source: a file, Jsonnet text, a dict or a config, as for ``load_config``.
        overrides: values by dotted key, or Jsonnet of such an object.
        include: packages with components of your own to import.
    """
    try:
        config = load_config(source, overrides=overrides, include=include)
        if is_study(config):
            params = config.params
            plan_study(StudyDefinition.from_params(params.duplicate()), params)
            return []
        config.plan()
    except ConfigurationError as error:
        # A config that only needs a package to run is correct.
        for problem in (one for one in error.problems if one.only_to_run):
            logger.warning("to run it: %s", problem)
        return [problem for problem in error.problems if not problem.only_to_run]
    return []
