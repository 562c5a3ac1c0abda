"""Choose the best arm of each task on reserved examples; report its score on the rest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arms_not_worse
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS
from spanreg.studies.execute.folder import StudyReader

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BestArm:
    """The arm with the best mean on a task's examples for choosing, and the arms that are tied with it."""

    task: str
    arm: str
    chosen: list[ArmResult]
    "All arms of the task on the examples that the choice is made on, in their order."
    told: list[ArmResult]
    "The same on those that the figure is told of."
    apart: bool
    "Whether these are other examples; if not, the score is too good."
    tied: tuple[str, ...] = ()
    "Other arms that the decisive test does not tell from it on the examples for choosing."

    @property
    def chosen_by(self) -> ArmResult:
        """The arm on the examples that the choice is made on."""
        return next(arm for arm in self.chosen if arm.name == self.arm)

    @property
    def told_of(self) -> ArmResult:
        """The arm on those that the figure is told of."""
        return next(arm for arm in self.told if arm.name == self.arm)

    @property
    def caption(self) -> str:
        """How the arm was chosen, and what its score is of."""
        chosen, told = self.chosen_by, self.told_of
        if not self.apart:
            return f"chosen by the mean {told.metric} on {told.split} and told of the same {chosen.examples:,} examples"
        return (
            f"chosen by the mean {told.metric} on {chosen.examples:,} examples of {told.split},"
            f" told of the other {told.examples:,}"
        )

    @property
    def verdict(self) -> str:
        """Whether the choice is a tie, in one sentence; empty where there is nothing to choose from."""
        names = ", ".join(f"'{name}'" for name in self.tied)
        if len(self.chosen) < 2:
            return ""
        if not names:
            return f"'{self.arm}' is better than every other arm beyond chance."
        few = max(len(arm.scores) for arm in self.chosen) < FEWEST_SEEDS
        why = (
            f"fewer than {FEWEST_SEEDS} seeds cannot tell them apart" if few else "the difference is not beyond chance"
        )
        return f"A tie: '{self.arm}' has the best mean, tied with {names} ({why})."


def best_arms(folder: StudyReader) -> list[BestArm]:
    """Chooses among the arms of a study: one for each task, as figures of several say nothing of one another.

    Raises:
        ConfigurationError: nothing is finished, or the results cannot be read (``read_results``).
    """
    reserve = folder.read().reserve
    chosen = read_results(folder, "choose" if reserve else "all", compared=False)
    told = read_results(folder, "report", compared=False) if reserve else chosen
    if not reserve:
        logger.warning(
            "choice and figure are on the same examples, which makes the figure too good:"
            " 'reserve: 0.5' in the study file keeps half of them for choosing"
        )
    return [_best(task, chosen, told, apart=bool(reserve)) for task in chosen.tasks]


def _best(task: str, chosen: StudyResults, told: StudyResults, *, apart: bool) -> BestArm:
    arms, same = _of_task(task, chosen), _of_task(task, told)
    _warn_of_uneven(arms)
    scored = [(arm.mean if arm.greater_is_better else -arm.mean, arm) for arm in arms if arm.mean is not None]
    # Of equals the baseline, where it is among them, or else the arm that the study names before the others.
    best = max(scored, key=lambda pair: (pair[0], pair[1].is_baseline))[1]
    tied = arms_not_worse(best, [arm for _, arm in scored if arm is not best])
    return BestArm(task, best.name, arms, same, apart, tuple(tied))


def _of_task(task: str, results: StudyResults) -> list[ArmResult]:
    return [arm for arm in results.arms if arm.task == task]


def _warn_of_uneven(arms: Sequence[ArmResult]) -> None:
    seeds = {arm.name: len(arm.scores) for arm in arms}
    if len(set(seeds.values())) > 1:
        few = ", ".join(f"{name} {count}" for name, count in seeds.items() if count < max(seeds.values()))
        logger.warning("arms have different numbers of finished runs, so the choice is not even-handed: %s", few)
