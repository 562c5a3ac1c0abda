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
    """One arm and its finished runs.

    ``read_results(StudyReader(Path("study"))).arm("plain").mean``
    """

    arm: PlannedArm
    runs: list[RunResult]
    metric: str = ""
    "The compared figure; empty if no run is finished."
    scores: list[float] = field(default_factory=list)
    "The compared figure of each run."
    task: str = ""
    "Name of the task, shared by all arms that can be compared; empty if none of them is finished."
    against: str | None = None
    "The arm that it is compared with: the baseline, or the baseline's counterpart on the same data."
    is_baseline: bool = False
    "Whether others are compared with it. If it is not, and ``against`` is None, it has no counterpart to compare with."
    sequential: bool = False
    "Whether seeds are added until a result is clear."
    comparison: ArmComparison | None = None
    "Comparison with that arm; None if no seed is in common."

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
        """Standard deviation over the seeds; None for fewer than two seeds."""
        return stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def seconds(self) -> float | None:
        """Mean training time of the runs."""
        return fmean(result.seconds for result in self.runs) if self.runs else None

    @property
    def parameters(self) -> int | None:
        """Number of weights of the model."""
        return self.runs[0].parameters if self.runs else None

    @property
    def split(self) -> str | None:
        """The split of the scores."""
        return self.runs[0].split if self.runs else None

    @property
    def examples(self) -> int:
        """Number of scored examples."""
        found = self.runs[0].predictions if self.runs else None
        return 0 if found is None else len(found.indices)

    @property
    def greater_is_better(self) -> bool:
        """True if a larger figure is better."""
        return not self.runs or greater_is_better(self.runs[0].task, self.metric)

    @property
    def percent(self) -> bool:
        """True if reports show the figure times 100, which its metric decides."""
        metric = metric_of(self.runs[0].task, self.metric) if self.runs else None
        return not self.runs or (metric is not None and metric.percent)
