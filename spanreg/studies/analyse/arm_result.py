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
    """Name of the arm that this one is compared with: the baseline, or the baseline's counterpart on the same data.
    None for a baseline, and for an arm without a counterpart."""
    is_baseline: bool = False
    "Whether other arms are compared with this one."
    sequential: bool = False
    "Whether seeds are added until a result is clear."
    comparison: ArmComparison | None = None
    "Comparison with the arm ``against``; None if the two have no seed in common."

    @property
    def name(self) -> str:
        """Name of the arm, unique in its study."""
        return self.arm.name

    @property
    def seeds(self) -> list[int]:
        """The seeds of the finished runs, in the order of ``runs``."""
        return [result.run.seed for result in self.runs]

    @property
    def mean(self) -> float | None:
        """Mean score over the seeds; None without a finished run."""
        return fmean(self.scores) if self.scores else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None for fewer than two seeds."""
        return stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def seconds(self) -> float | None:
        """Mean training time of the runs, in seconds, without evaluations; None without a finished run."""
        return fmean(result.seconds for result in self.runs) if self.runs else None

    @property
    def peak_memory(self) -> float | None:
        """Mean of the runs' peak memory, in bytes; None without a finished run, or if one did not record it."""
        found = [result.peak_memory for result in self.runs]
        known = [one for one in found if one is not None]
        return fmean(known) if known and len(known) == len(found) else None

    @property
    def parameters(self) -> int | None:
        """Number of weights of the model, which all seeds share; None without a finished run."""
        return self.runs[0].parameters if self.runs else None

    @property
    def split(self) -> str | None:
        """Name of the split that the scores are computed on; None without a finished run."""
        return self.runs[0].split if self.runs else None

    @property
    def examples(self) -> int:
        """Number of scored examples; 0 without gold labels or a finished run."""
        found = self.runs[0].predictions if self.runs else None
        return 0 if found is None else len(found.indices)

    @property
    def greater_is_better(self) -> bool:
        """True if a larger figure is better."""
        return not self.runs or greater_is_better(self.runs[0].task, self.metric)

    @property
    def percent(self) -> bool:
        """True if reports show the figure times 100, which its metric decides."""
        # An unfinished arm counts as in per cent, so that it does not change the unit of a study's report.
        metric = metric_of(self.runs[0].task, self.metric) if self.runs else None
        return not self.runs or (metric is not None and metric.percent)
