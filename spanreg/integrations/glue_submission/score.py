"""GLUE's macro average of the figures of several runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from spanreg.data.glue import GLUE_TASKS

Figures = Mapping[str, Mapping[str, float]]
"By split, then by name."

SCORED_TASKS = tuple(task for task in GLUE_TASKS if task != "ax")
"The nine tasks of the average; the diagnostic set stands outside of it."


@dataclass(frozen=True, slots=True)
class GlueScore:
    """Scores of the tasks at hand, and their average."""

    tasks: dict[str, float]
    "Score by task, in GLUE's order: the mean of the task's official metrics."
    average: float | None
    "Mean of the tasks' scores, each task counting once; None without any."
    missing: tuple[str, ...]
    "Tasks of the nine without a score. While there are any, the average is not GLUE's."


def glue_score(figures: Mapping[str, Figures], part: str = "validation") -> GlueScore:
    """GLUE's macro average, computed as its paper (Wang et al., 2018, section 3.4) and its leaderboard do.

    A task's score is the unweighted mean of its metrics, each of them between -1 and 1: F1 and accuracy for MRPC and
    QQP, Pearson and Spearman for STS-B. MNLI counts once, by the mean of the accuracies on its matched and its
    mismatched section. The average is the mean over the tasks.

    Args:
        figures: figures of every split, by task.
        part: which splits count: ``validation``, with MNLI's ``validation_matched`` and ``validation_mismatched``.

    Raises:
        ValueError: a task is none of the nine.
    """
    unknown = sorted(set(figures) - set(SCORED_TASKS))
    if unknown:
        raise ValueError(f"not among GLUE's nine tasks: {', '.join(unknown)}")
    scores = {task: task_score(task, figures[task], part) for task in SCORED_TASKS if task in figures}
    found = {task: score for task, score in scores.items() if score is not None}
    average = mean(found.values()) if found else None
    return GlueScore(found, average, tuple(task for task in SCORED_TASKS if task not in found))


def task_score(task: str, figures: Figures, part: str = "validation") -> float | None:
    """The mean of a task's official metrics; None where a split or a metric of it has no figure."""
    values = [figures.get(split, {}).get(name) for split in scored_splits(task, part) for name in official(task)]
    there = [value for value in values if value is not None]
    return mean(there) if len(there) == len(values) else None


def scored_splits(task: str, part: str = "validation") -> tuple[str, ...]:
    """The splits whose figures make a task's score: one, or MNLI's two sections."""
    sections = tuple(f"{part}_{section}" for section in ("matched", "mismatched"))
    return sections if task == "mnli" else (part,)


def official(task: str) -> tuple[str, ...]:
    """Names of the figures that the leaderboard shows for a task."""
    return GLUE_TASKS[task].metrics
