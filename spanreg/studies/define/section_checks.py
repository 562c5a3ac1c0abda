"""Check the configs of many arms, each distinct part of them once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from spanreg.registry import Params, Problem, signature_of
from spanreg.training.config.compatibility import misfits
from spanreg.training.config.experiment_plan import experiment_class, plan_experiment
from spanreg.training.config.forms.upgrades import FORM
from spanreg.training.config.named_files import missing_files

_DIVIDED: Final = "training"
"Section whose keys are checked one by one: they do not depend on one another, and most axes are among them."


class ConfigChecker:
    """Returns the problems of configs; arms of a study share most of their parts, which are checked once.

    A part is a key at the top of a config with its value, such as ``segmenter``, or one key of ``training``. Signatures
    decide on a part alone. Whether parts fit one another is checked for every config, and a config with any problem is
    checked as a whole, so that its messages are those of ``spanreg check``.

    ``ConfigChecker(with_files=True).problems(arm.config)``

    Parameters:
        with_files: report files that do not exist.
    """

    def __init__(self, *, with_files: bool) -> None:
        self._with_files = with_files
        self._known: dict[str, bool] = {}
        self._required = {one.name for one in signature_of(experiment_class()).arguments if one.required}

    def problems(self, config: Mapping[str, Any]) -> Sequence[Problem]:
        """Return the problems of a config.

        Args:
            config: a config for ``spanreg train``.
        """
        is_faultless = self._required <= config.keys() and all(map(self._is_faultless, _parts(config)))
        if is_faultless and not (self._with_files and misfits(Params(dict(config)))):
            return []
        plan = plan_experiment(Params(dict(config)))
        return plan.problems if self._with_files else plan.plan.problems

    def _is_faultless(self, part: Mapping[str, Any]) -> bool:
        """Return whether a config of one part has no problem but that the others are missing."""
        # A config from Python may hold objects that JSON does not have; those that look equal count as equal.
        key = json.dumps(part, sort_keys=True, default=repr)
        if key not in self._known:
            plan = plan_experiment(Params(dict(part))).plan
            missing = missing_files(plan.names) if self._with_files else []
            others = self._required - part.keys()
            # A part alone lacks the required other parts; the caller has checked that the whole config has them.
            self._known[key] = not missing and all(problem.path in others for problem in plan.problems)
        return self._known[key]


def _parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield each part as a config that has nothing else."""
    # The schema version decides how every part is read.
    head = {key: config[key] for key in (FORM,) if key in config}
    for key, value in config.items():
        if key == _DIVIDED and isinstance(value, Mapping) and value:
            yield from ({**head, key: {name: one}} for name, one in value.items())
        else:
            yield {**head, key: value}
