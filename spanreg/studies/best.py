"""The setting to choose: by the examples that are kept for choosing, its figure told of the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from spanreg.registry import ConfigurationError
from spanreg.studies.folder import StudyFolder
from spanreg.studies.results import ArmResult, StudyResults, read_results

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Best:
    """The arm whose mean is best on the examples for choosing."""

    arm: str
    chosen: StudyResults
    "On the examples that the choice is made on."
    reported: StudyResults
    "On those that the figure is told of."
    apart: bool
    "Whether these are other examples; if not, the figure is too good."

    @property
    def caption(self) -> str:
        """What must stand beside the figure."""
        metric, split = self.reported.metric, self.reported.split
        if not self.apart:
            return f"chosen by the mean {metric} on {split} and told of the same {self.chosen.examples:,} examples"
        return (
            f"chosen by the mean {metric} on {self.chosen.examples:,} examples of {split},"
            f" told of the other {self.reported.examples:,}"
        )


def best_arm(folder: StudyFolder) -> Best:
    """Chooses among the arms of a study.

    Raises:
        ConfigurationError: nothing is finished, or the results cannot be read (``read_results``).
    """
    reserve = folder.read().reserve
    chosen = read_results(folder, "choose" if reserve else "all")
    reported = read_results(folder, "report") if reserve else chosen
    if not reserve:
        logger.warning(
            "choice and figure are on the same examples, which makes the figure too good:"
            " 'reserve: 0.5' in the study file keeps half of them for choosing"
        )
    _warn_of_uneven(chosen.arms)
    return Best(_best(chosen).name, chosen, reported, bool(reserve))


def _best(results: StudyResults) -> ArmResult:
    if results.several_tasks:
        hint = "choose on each task by a study of its own"
        raise ConfigurationError("figures of several tasks cannot be held against one another", hint=hint)
    scored = [(arm.mean if arm.greater_is_better else -arm.mean, arm) for arm in results.arms if arm.mean is not None]
    if not scored:
        raise ConfigurationError("no arm has a figure", hint="run the study: spanreg study run")
    # Of equals the first: the baseline, where it is among them, or the arm that the study names before the others.
    return max(scored, key=lambda pair: pair[0])[1]


def _warn_of_uneven(arms: Sequence[ArmResult]) -> None:
    seeds = {arm.name: len(arm.scores) for arm in arms}
    if len(set(seeds.values())) > 1:
        few = ", ".join(f"{name} {count}" for name, count in seeds.items() if count < max(seeds.values()))
        logger.warning("arms have different numbers of finished runs, so the choice is not even-handed: %s", few)
