"""GLUE's macro average over the metrics of several runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from spanreg.data.glue import GLUE_TASKS

Figures = Mapping[str, Mapping[str, float]]
"Metrics by split, then by name."

SCORED_TASKS = tuple(task for task in GLUE_TASKS if task != "ax")
"The nine tasks of the average, without the diagnostic set."


@dataclass(frozen=True, slots=True)
class GlueScore:
    """The scores of tasks, and their average.

    ``glue_score({"rte": figures}).average``
    """

    tasks: dict[str, float]
    "Score by task, in GLUE's order: the mean of the task's official metrics."
    average: float | None
    "Mean of the tasks' scores; None without any."
    missing: tuple[str, ...]
    "Those of the nine tasks that have no score; with any, the average is not GLUE's."


def glue_score(figures: Mapping[str, Figures], part: str = "validation") -> GlueScore:
    """Return GLUE's macro average, as in its paper (Wang et al., 2018, section 3.4) and on its leaderboard.

    The score of a task is the unweighted mean of its metrics, each between -1 and 1: F1 and accuracy for MRPC and QQP,
    Pearson and Spearman for STS-B. MNLI counts once, with the mean of the accuracies on its matched and its mismatched
    section. The average is the mean over the tasks.

    Args:
        figures: metrics of every split, by task.
        part: the splits that count: ``validation``, with MNLI's ``validation_matched`` and ``validation_mismatched``.

    Raises:
        ValueError: a task is not one of the nine.
    """
    # A bug of the caller and not a user's mistake: commands pass names that were checked.
    unknown = sorted(set(figures) - set(SCORED_TASKS))
    if unknown:
        raise ValueError(f"not among GLUE's nine tasks: {', '.join(unknown)}")
    scores = {task: task_score(task, figures[task], part) for task in SCORED_TASKS if task in figures}
    found = {task: score for task, score in scores.items() if score is not None}
    average = mean(found.values()) if found else None
    return GlueScore(found, average, tuple(task for task in SCORED_TASKS if task not in found))


def task_score(task: str, figures: Figures, part: str = "validation") -> float | None:
    """Return the mean of a task's official metrics; None if one of them is missing."""
    values = [figures.get(split, {}).get(name) for split in scored_splits(task, part) for name in official(task)]
    # With a metric missing, the mean of the others would be compared with means of all.
    there = [value for value in values if value is not None]
    return mean(there) if len(there) == len(values) else None


def scored_splits(task: str, part: str = "validation") -> tuple[str, ...]:
    """Return the splits of a task's score: one, or the two sections of MNLI."""
    sections = tuple(f"{part}_{section}" for section in ("matched", "mismatched"))
    return sections if task == "mnli" else (part,)


def official(task: str) -> tuple[str, ...]:
    """Return the names of the metrics that the leaderboard shows for a task."""
    return GLUE_TASKS[task].metrics
