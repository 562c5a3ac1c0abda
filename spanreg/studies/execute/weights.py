"""Keep the weights of all runs of a study, of the best run of each arm, or of none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Literal

from spanreg.data.base import task_of_json
from spanreg.metrics.task_metrics import greater_is_better, task_with
from spanreg.registry import ConfigurationError
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import FINISHED, state_of
from spanreg.studies.execute.record import PlannedRun, StudyRecord
from spanreg.training.runs.session import discard_weights

logger = logging.getLogger(__name__)

KeptWeights = Literal["all", "best", "none"]


class WeightKeeper:
    """Removes weights of finished runs that a study does not keep.

    ``WeightKeeper(StudyReader(path), record).discard()``

    Figures and predictions stay. The best run of an arm is the one with the best score so far, by the study's metric
    if that is the name of a figure, otherwise by the main figure of the task.

    Parameters:
        folder: the study's folder.
        record: its plan.
    """

    def __init__(self, folder: StudyReader, record: StudyRecord) -> None:
        self._folder = folder
        self._record = record
        self._kept = record.keep_weights
        self._scores: dict[str, float] = {}

    def discard(self) -> None:
        """Remove the weights that are not kept, of all runs that are finished now."""
        if self._kept == "all":
            return
        wanted = set() if self._kept == "none" else self._best()
        for run in self._record.unique_runs():
            path = self._folder.run_path(run)
            if run.id not in wanted and (path / "model").exists() and state_of(path, run).state == FINISHED:
                logger.debug("removing the weights of %s", run.name)
                discard_weights(path, f"keep_weights: '{self._kept}' of the study")

    def _best(self) -> set[str]:
        """Return the ids of the best finished run of each arm."""
        scored: dict[str, tuple[float, str]] = {}
        for run, score in self._scored():
            if run.arm not in scored or score > scored[run.arm][0]:
                scored[run.arm] = (score, run.id)
        return {key for _, key in scored.values()}

    def _scored(self) -> Iterator[tuple[PlannedRun, float]]:
        """Yield the finished runs with their scores, larger ones better; damaged runs are left out."""
        # Not the unique runs: an arm that shares its runs with another has a best one as well.
        for run in self._record.runs:
            if run.id not in self._scores and state_of(self._folder.run_path(run), run).state == FINISHED:
                try:
                    self._scores[run.id] = self._score(run)
                except (ConfigurationError, KeyError, TypeError, ValueError, StopIteration) as error:
                    # The report names damaged runs; weights of a run without a score are not the best.
                    logger.warning("%s has no score to choose weights by: %s", run.name, error)
                    self._scores[run.id] = float("-inf")
            if run.id in self._scores:
                yield run, self._scores[run.id]

    def _score(self, run: PlannedRun) -> float:
        """Return the score of a finished run, negated if small scores are good."""
        reader = self._folder.run(run)
        metrics = reader.read("metrics")
        task = task_of_json(reader.read("inference")["task"])
        figure = self._record.metric if isinstance(self._record.metric, str) else str(metrics["main"])
        # Without a split in the study, its report scores the first one, too.
        split = self._record.split or next(iter(metrics["splits"]))
        value = float(metrics["splits"][split][figure])
        return value if greater_is_better(*task_with(task, figure)) else -value
