"""Results of a study as pandas frames."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spanreg.api.reports import Report, report, report_view
from spanreg.data.base import Task
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.exchange.pack import opened_study
from spanreg.studies.report.facts import report_facts
from spanreg.text.display import TableView, Viewable

_COMPARED = ("difference", "low", "high", "p", "p_adjusted", "significant", "basis", "standard_error", "detectable")
"Columns of ``comparisons`` that come from the decisive test."

# Columns of ``comparisons`` that are numbers, also where no arm has a value.
_NUMBERS = ("mean", "deviation", *(name for name in _COMPARED if name not in ("significant", "basis")))


class StudyTables(Viewable):
    """Results of a study: one frame for each question.

    ``Study.from_file("study.jsonnet").results("runs").comparisons``

    Parameters:
        results: the results of all finished runs.
        folder: folder or pack of the study.
    """

    def __init__(self, results: StudyResults, folder: Path) -> None:
        self.study = results
        self.folder = folder

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row for each planned run: arm, seed, id, state, score, figures, seconds, peak memory, weights and folder.

        ``tables.runs.pivot(index="seed", columns="arm", values="score")``
        """
        rows = [
            {
                "arm": arm.name,
                "seed": one.run.seed,
                "id": one.run.id,
                "state": "finished",
                "score": score,
                **one.figures,
                "seconds": one.seconds,
                "peak_memory": one.peak_memory,
                "parameters": one.parameters,
                "folder": one.run.folder,
            }
            for arm in self.study.arms
            for one, score in zip(arm.runs, arm.scores, strict=True)
        ]
        left = [
            {"arm": one.run.arm, "seed": one.run.seed, "id": one.run.id, "state": one.state, "folder": one.run.folder}
            for one in self.study.unfinished
        ]
        return pd.DataFrame([*rows, *left])

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """One row for each arm: mean, deviation, and its difference from the baseline by the decisive test.

        ``tables.comparisons[["arm", "difference", "p_adjusted"]]``

        ``difference``, ``low``, ``high``: arm minus baseline with its 95 % confidence interval, in the unit of the
        score. ``p_adjusted`` and ``significant`` count the number of arms (Holm). They are missing without a test.
        """
        rows = []
        for arm in self._facts["arms"]:
            compared = arm["comparison"] or {}
            rows.append(
                {
                    "arm": arm["name"],
                    "against": arm["against"],
                    "metric": arm["metric"],
                    "mean": arm["mean"],
                    "deviation": arm["deviation"],
                    "seeds": len(arm["scores"]),
                    **{name: compared.get(name) for name in _COMPARED},
                }
            )
        # Without a test, a column of numbers has no value at all, and pandas would make it one of objects.
        return pd.DataFrame(rows).astype(dict.fromkeys(_NUMBERS, "float64"))

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row for each example of the scored split under each run.

        ``tables.predictions.groupby("arm")["correct"].mean()``

        The columns are ``arm``, ``seed``, ``idx``, ``label``, ``prediction`` and ``correct``. Labels are words, or
        lists of words where an example has several.
        """
        frames = [_predictions(arm.name, one) for arm in self.study.arms for one in arm.runs if one.predictions]
        columns = ["arm", "seed", "idx", "label", "prediction", "correct"]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)

    def report(self, *, selection: bool = False) -> Report:
        """Return the report of the study, as ``spanreg.report`` does.

        ``tables.report().write("report.html")``

        Args:
            selection: as for ``spanreg.report``.

        Raises:
            ConfigurationError: the study cannot be read any more.
        """
        return report(self.folder, selection=selection)

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return report_facts(self.study)

    def __repr__(self) -> str:
        return f"StudyTables({self.study.record.name!r}: {self.study.caption})"

    def _view(self) -> TableView:
        return report_view(self._facts)


def study_tables(folder: Path) -> StudyTables:
    """Return the results of a study's folder or pack.

    Raises:
        ConfigurationError: the folder does not contain a study, or none of its runs is finished.
    """
    with opened_study(folder) as study:
        return StudyTables(read_results(study), folder)


def _predictions(arm: str, run: RunResult) -> pd.DataFrame:
    found = run.predictions
    assert found is not None
    spell = _speller(run.task)
    label, prediction = spell(found.labels), spell(found.predictions)
    return pd.DataFrame(
        {
            "arm": arm,
            "seed": run.run.seed,
            "idx": found.indices,
            "label": label,
            "prediction": prediction,
            # Compared in Python: entries may be lists of labels, of different lengths.
            "correct": [own == gold for own, gold in zip(prediction, label, strict=True)],
        }
    )


def _speller(task: Task) -> Callable[[NDArray[Any]], list[Any]]:
    """Return a function from label ids, in the form of the task, to label words."""
    words = list(task.labels)
    if task.kind == "regression":
        return lambda column: [float(value) for value in column]
    if task.kind == "multi_label":
        return lambda column: [[words[place] for place in np.flatnonzero(row)] for row in column]
    # A label id below 0 marks an example or a token without a label.
    if task.kind == "token_classification":
        return lambda column: [[words[one] if one >= 0 else None for one in row] for row in column]
    return lambda column: [words[int(one)] if one >= 0 else None for one in column]
