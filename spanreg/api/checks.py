"""The function ``check``: find the problems of a config or a study, without building anything."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from spanreg.api.configs import Config, load_config
from spanreg.api.sources import ConfigSource
from spanreg.registry import ConfigurationError, Problem
from spanreg.studies.define.plan import plan_study
from spanreg.studies.define.study import read_study
from spanreg.studies.define.study_file import is_study
from spanreg.text.display import TableView, Viewable

logger = logging.getLogger(__name__)


class Problems(list[Problem], Viewable):
    """Problems of a config, in the order of their positions; ``str`` is what the command line prints.

    ``print(check({"data": "demo"}))``
    """

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    __repr__ = __str__

    def _view(self) -> TableView:
        rows = [(one.where, one.problem, one.hint) for one in self]
        return TableView(f"{len(self)} problems" if self else "no problems", ("where", "problem", "fix"), rows)


def check(
    source: ConfigSource | Config, *, overrides: str | Mapping[str, Any] = "", include: Iterable[str] = ()
) -> Problems:
    """Return all problems of a config or a study that can be found without reading data; none if it is right.

    ``print(check({"data": "demo"}))``

    torch is not imported, and the texts are those of ``spanreg check``. Nothing is raised: a config that cannot be read
    or evaluated has that as its problem.

    Args:
        source: a file, Jsonnet text, a dict or a config, as for ``load_config``.
        overrides: values by dotted key, or Jsonnet of such an object.
        include: packages with your own components to import.
    """
    try:
        config = load_config(source, overrides=overrides, include=include)
        if is_study(config):
            params = config.params
            plan_study(read_study(params), params)  # raises the problems of all arms at once
            return Problems()
        config.plan()
    except ConfigurationError as error:
        # A config that only needs a package to run is correct.
        for problem in (one for one in error.problems if one.only_to_run):
            logger.warning("to run it: %s", problem)
        return Problems(problem for problem in error.problems if not problem.only_to_run)
    return Problems()
