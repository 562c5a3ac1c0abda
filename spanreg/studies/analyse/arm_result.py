"""One arm of a study with its finished runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean, stdev

from spanreg.metrics.task_metrics import greater_is_better, metric_of
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.analyse.statistics.compare import ArmComparison
from spanreg.studies.execute.record import PlannedArm


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm, and its finished runs."""

    arm: PlannedArm
    runs: list[RunResult]
    metric: str = ""
    "The figure that is compared; empty where no run is finished."
    scores: list[float] = field(default_factory=list)
    "It, of each run."
    task: str = ""
    "Name of what it was scored on, shared by all arms that can be compared; empty where none of them is finished."
    against: str | None = None
    "The arm that it is compared with: the baseline, or what is the baseline on the same data."
    is_baseline: bool = False
    "Whether others are compared with it. Where it is not, and ``against`` is None, there is none to compare with."
    comparison: ArmComparison | None = None
    "With that arm; None where no seed is in common."

    @property
    def name(self) -> str:
        return self.arm.name

    @property
    def seeds(self) -> list[int]:
        return [result.run.seed for result in self.runs]

    @property
    def mean(self) -> float | None:
        return fmean(self.scores) if self.scores else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None for fewer than two."""
        return stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def seconds(self) -> float | None:
        """Mean time of a training."""
        return fmean(result.seconds for result in self.runs) if self.runs else None

    @property
    def parameters(self) -> int | None:
        """Number of weights of the model."""
        return self.runs[0].parameters if self.runs else None

    @property
    def split(self) -> str | None:
        """Where the figure is told of."""
        return self.runs[0].split if self.runs else None

    @property
    def examples(self) -> int:
        """How many examples the figure is of."""
        found = self.runs[0].predictions if self.runs else None
        return 0 if found is None else len(found.indices)

    @property
    def greater_is_better(self) -> bool:
        """Whether a larger figure is better."""
        return not self.runs or greater_is_better(self.runs[0].task, self.metric)

    @property
    def percent(self) -> bool:
        """Whether reports show the figure times 100, as its metric says."""
        metric = metric_of(self.runs[0].task, self.metric) if self.runs else None
        return not self.runs or (metric is not None and metric.percent)
