"""Compare settings over the tasks of a study: ranks, interquartile means, and probabilities of improvement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.statistics.over_tasks.aggregates import (
    BootstrapEstimate,
    improvement_probability,
    interquartile_mean,
)
from spanreg.studies.analyse.statistics.over_tasks.ranks import RankTest, rank_test_over_tasks
from spanreg.studies.analyse.tasks.settings import setting_key, setting_name

_Rows = Mapping[str, Mapping[str, ArmResult]]


@dataclass(frozen=True, slots=True)
class TaskSetting:
    """One setting on all tasks of a study.

    ``over_tasks(results).settings[0].average_rank``
    """

    name: str
    arms: tuple[str, ...]
    "Its arms, in the order of the tasks."
    means: tuple[float, ...]
    "Mean score on each task."
    average_rank: float
    interquartile_mean: BootstrapEstimate | None
    "None if the figures of the tasks have no common scale, such as accuracy and loss."
    improvement: BootstrapEstimate | None
    "Probability that a run is better than one of the baseline on the same task; None for the baseline itself."


@dataclass(frozen=True, slots=True)
class TaskComparison:
    """Settings compared over the tasks of a study.

    ``over_tasks(results).ranks.critical_difference``
    """

    tasks: tuple[str, ...]
    metrics: tuple[str, ...]
    "The compared figure of each task."
    settings: tuple[TaskSetting, ...]
    "In the order of the study."
    baseline: str | None
    "The setting of the baseline; None if it is not finished on every task."
    ranks: RankTest
    "Positions in its fields are those of ``settings``."
    left_out: tuple[str, ...]
    "Settings that are not finished on every task."


def over_tasks(results: StudyResults) -> TaskComparison | None:
    """Return the comparison over tasks; None for fewer than two tasks, or fewer than two settings that all tasks have.

    Only settings that are finished on every task are compared: a rank needs a score on each.
    """
    tasks = results.tasks
    rows, names = _rows(results)
    whole = {key: row for key, row in rows.items() if set(row) == set(tasks)}
    if len(tasks) < 2 or len(whole) < 2:
        return None
    # Ranks and probabilities need larger scores to be better, so a loss is negated.
    signs = [1.0 if next(iter(whole.values()))[task].greater_is_better else -1.0 for task in tasks]
    means = np.array([[row[task].mean for task in tasks] for row in whole.values()], np.float64)
    ranks = rank_test_over_tasks(means * np.array(signs))
    base = next((key for key in whole if key == setting_key(results.baseline.arm)), None)
    comparable = all(row[task].percent and row[task].greater_is_better for row in whole.values() for task in tasks)
    settings = []
    for (key, row), rank, mean in zip(whole.items(), ranks.average_ranks, means, strict=True):
        scores = _scores(row, tasks)
        improvement = None
        if base is not None and key != base:
            theirs = _scores(whole[base], tasks)
            improvement = improvement_probability(_signed(scores, signs), _signed(theirs, signs))
        settings.append(
            TaskSetting(
                name=names[key],
                arms=tuple(row[task].name for task in tasks),
                means=tuple(mean.tolist()),
                average_rank=rank,
                interquartile_mean=interquartile_mean(scores) if comparable else None,
                improvement=improvement,
            )
        )
    metrics = tuple(next(iter(whole.values()))[task].metric for task in tasks)
    left_out = tuple(names[key] for key in rows if key not in whole)
    return TaskComparison(tuple(tasks), metrics, tuple(settings), names[base] if base else None, ranks, left_out)


def _rows(results: StudyResults) -> tuple[_Rows, dict[str, str]]:
    """Return the finished arms by setting and task, and the name of each setting."""
    rows: dict[str, dict[str, ArmResult]] = {}
    names: dict[str, str] = {}
    for arm in results.arms:
        key = setting_key(arm.arm)
        rows.setdefault(key, {})
        names.setdefault(key, setting_name(arm.arm))
        if arm.scores:
            # Of two arms with the same config on one task, the first is enough: they share their runs.
            rows[key].setdefault(arm.task, arm)
    return rows, names


def _scores(row: Mapping[str, ArmResult], tasks: Sequence[str]) -> list[np.ndarray]:
    """Return the scores of a setting's runs on each task."""
    return [np.array(row[task].scores, np.float64) for task in tasks]


def _signed(scores: Sequence[np.ndarray], signs: Sequence[float]) -> list[np.ndarray]:
    return [one * sign for one, sign in zip(scores, signs, strict=True)]
