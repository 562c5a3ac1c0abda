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
    """The arm of a task with the best mean on the examples for choosing, and the arms that are tied with it.

    ``best_arms(StudyReader(Path("study")))[0].verdict``
    """

    task: str
    arm: str
    chosen: list[ArmResult]
    "All arms of the task on the examples for choosing, in order."
    reported: list[ArmResult]
    "All arms of the task on the examples for reporting, in order."
    apart: bool
    "Whether the two are different examples; if not, the choice overestimates the reported score."
    tied: tuple[str, ...] = ()
    "Other arms without a significant difference from it on the examples for choosing."

    @property
    def chosen_by(self) -> ArmResult:
        """The arm on the examples for choosing."""
        return next(arm for arm in self.chosen if arm.name == self.arm)

    @property
    def reported_on(self) -> ArmResult:
        """The arm on the examples for reporting."""
        return next(arm for arm in self.reported if arm.name == self.arm)

    @property
    def caption(self) -> str:
        """Description of how the arm was chosen, and of the examples that its score is computed on."""
        chosen, reported = self.chosen_by, self.reported_on
        if not self.apart:
            same = f"reported on the same {chosen.examples:,} examples"
            return f"chosen by the mean {reported.metric} on {reported.split}, {same}"
        return (
            f"chosen by the mean {reported.metric} on {chosen.examples:,} examples of {reported.split},"
            f" reported on the other {reported.examples:,}"
        )

    @property
    def verdict(self) -> str:
        """A sentence that reports a tie or a clear choice; empty for a single arm."""
        if len(self.chosen) < 2:
            return ""
        if not self.tied:
            return f"'{self.arm}' is significantly better than every other arm."
        names = ", ".join(f"'{name}'" for name in self.tied)
        few = max(len(arm.scores) for arm in self.chosen) < FEWEST_SEEDS
        why = f"fewer than {FEWEST_SEEDS} seeds cannot be tested" if few else "the difference is not significant"
        return f"A tie: '{self.arm}' has the best mean, tied with {names} ({why})."


def best_arms(folder: StudyReader) -> list[BestArm]:
    """Return the best arm for each task of a study; scores of different tasks are not comparable.

    Raises:
        ConfigurationError: nothing is finished, or the results cannot be read (``read_results``).
    """
    reserve = folder.read().reserve
    # Without comparisons: choosing needs only the means, and ties are tested below.
    chosen = read_results(folder, "choose" if reserve else "all", compared=False)
    reported = read_results(folder, "report", compared=False) if reserve else chosen
    if not reserve:
        logger.warning(
            "the arm is chosen and reported on the same examples, which overestimates its score:"
            " 'reserve: 0.5' in the study file reserves half of them for choosing"
        )
    return [_best(task, chosen, reported, apart=bool(reserve)) for task in chosen.tasks]


def _best(task: str, chosen: StudyResults, reported: StudyResults, *, apart: bool) -> BestArm:
    arms, same_on_rest = ([arm for arm in results.arms if arm.task == task] for results in (chosen, reported))
    _warn_of_uneven(arms)
    scored = [(arm.mean if arm.greater_is_better else -arm.mean, arm) for arm in arms if arm.mean is not None]
    # Of equal means, the baseline wins, otherwise the first arm of the study.
    best = max(scored, key=lambda pair: (pair[0], pair[1].is_baseline))[1]
    tied = arms_not_worse(best, [arm for _, arm in scored if arm is not best])
    return BestArm(task, best.name, arms, same_on_rest, apart, tuple(tied))


def _warn_of_uneven(arms: Sequence[ArmResult]) -> None:
    """Log a warning if arms have different numbers of seeds: a mean of fewer seeds is more often the best by chance."""
    seeds = {arm.name: len(arm.scores) for arm in arms}
    if len(set(seeds.values())) > 1:
        few = ", ".join(f"{name} {count}" for name, count in seeds.items() if count < max(seeds.values()))
        logger.warning("arms have different numbers of finished runs, so the choice is biased: %s", few)
