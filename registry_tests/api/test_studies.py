"""Study and Report: a study is planned, run, and read as data frames and reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.api.reports import FORMATS, InlinePage, Report, report
from spanreg.api.studies import Study
from spanreg.api.tables import study_tables
from spanreg.cli.main import main
from spanreg.data.base import Task
from spanreg.registry import ConfigurationError

MakeConfig = Callable[..., dict[str, Any]]
GOLD = [0, 1] * 20
GOOD_PREDICTIONS = {seed: [*GOLD[:36], 1 - GOLD[36], *GOLD[37:]] for seed in (1, 2, 3)}
"Predictions by seed; 39 of 40 are right."
POOR_PREDICTIONS = {seed: [*GOLD[: 24 + seed], *(1 - label for label in GOLD[24 + seed :])] for seed in (1, 2, 3)}
"Predictions by seed; the first 24 + seed of 40 are right."


@pytest.fixture
def definition(make_config: MakeConfig) -> dict[str, Any]:
    """Return the definition of a study of two arms and two seeds, which trains one step a run."""
    base = make_config({"max_steps": 1, "epochs": 1})
    return {"base": base, "seeds": [1, 2], "arms": {"plain": {"aggregator": "none"}}, "baseline": "plain"}


@pytest.fixture
def study_folder(make_study: Callable[..., Path]) -> Path:
    """Return the folder of a study with six finished runs and an interrupted one."""
    predictions = {"plain": POOR_PREDICTIONS, "spans": GOOD_PREDICTIONS}
    return make_study(predictions, GOLD, unfinished={("spans", 4): {"state": "interrupted"}})


def test_a_plan_lists_arms_and_runs(definition: dict[str, Any]) -> None:
    planned = Study.from_file(definition).plan()
    assert (len(planned), planned.baseline, [arm.name for arm in planned.arms]) == (4, "plain", ["base", "plain"])
    frame = planned.to_pandas()
    names = ["base, seed 1", "plain, seed 1", "base, seed 2", "plain, seed 2"]
    assert list(frame["run"]) == list(planned.configs) == names
    assert (frame["changes"][0], frame["changes"][1].partition(":")[0]) == ("", "aggregator.type")
    assert "dropped" not in frame["changes"][1]
    assert repr(planned) == "PlannedStudy(2 arms, 4 runs, baseline='plain')"
    assert "2 arms, 4 runs; compared with &#x27;plain&#x27;" in Study.from_file(definition)._repr_html_()


def test_a_plan_matches_the_sizes_of_arms(definition: dict[str, Any]) -> None:
    matched = Study.from_file(
        {**definition, "arms": {"flat": {"aggregator": "flat_cnn"}}, "baseline": None, "match": {}}
    )
    assert [bool(arm.match) for arm in matched.plan().arms] == [False, True]


def test_a_study_runs_and_returns_its_results(
    definition: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = Study.from_file({**definition, "seeds": [1]})
    found = study.run(tmp_path / "study", executor=InProcessExecutor(), progress=True)
    assert "study: 100%" in capsys.readouterr().err
    assert list(found.runs["arm"]) == ["base", "plain"]
    run_ids = {config.run_id for config in study.plan().configs.values()}
    assert set(found.runs["id"]) == run_ids, "a run of a study has the id of its config"
    new_study = Study.from_file({**definition, "seeds": [1]})
    with pytest.raises(ConfigurationError, match="the study has no folder yet. run it, or name its folder"):
        new_study.results()
    assert new_study.results(tmp_path / "study").runs.equals(found.runs)


def test_seeds_are_added_until_the_differences_are_decided(
    definition: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = Study.from_file({**definition, "seeds": {"until": "decided", "at_least": 3, "at_most": 4}})
    found = study.run(tmp_path / "study", executor=InProcessExecutor(), progress=True)
    # One step of training decides nothing.
    assert sorted(zip(found.runs["arm"], found.runs["seed"], strict=True)) == [
        (arm, seed) for arm in ("base", "plain") for seed in (1, 2, 3, 4)
    ]
    assert "study: 100%" in capsys.readouterr().err.splitlines()[-1].rpartition("\r")[2]


def test_data_frames_of_a_study(study_folder: Path) -> None:
    found = study_tables(study_folder)
    assert found.runs["arm"].value_counts().to_dict() == {"spans": 4, "plain": 3}
    assert found.runs["state"].value_counts().to_dict() == {"finished": 6, "stopped": 1}
    spans = found.comparisons.set_index("arm").loc["spans"]
    scores = found.runs[found.runs["arm"] == "spans"]["accuracy"].dropna()
    assert spans["mean"] == pytest.approx(scores.mean())
    assert spans["low"] < spans["difference"] < spans["high"]
    assert spans["against"] == "plain"
    assert found.comparisons["difference"].dtype == np.float64
    predictions = found.predictions
    assert len(predictions) == 6 * len(GOLD)
    assert set(predictions["label"]) == {"no", "yes"}
    accuracies = predictions.groupby(["arm", "seed"])["correct"].mean()
    assert accuracies["spans", 1] == pytest.approx(39 / 40)


@pytest.mark.parametrize(
    ("task", "labels", "expected"),
    [
        (Task("t", "regression", (), ("pearson",), False), [0.5, 1.5, 2.0, 1.0], 0.5),
        (Task("t", "multi_label", ("a", "b"), ("multi_label_f1",), False), [[1, 0], [1, 1], [0, 0], [0, 1]], ["a"]),
    ],
    ids=["regression", "multi_label"],
)
def test_predictions_of_regressions_and_lists_of_labels(
    make_study: Callable[..., Path], task: Task, labels: Any, expected: Any
) -> None:
    found = study_tables(make_study({"plain": {1: labels}, "spans": {1: labels}}, labels, task)).predictions
    assert found["label"][0] == found["prediction"][0] == expected
    assert found["correct"].all()


def test_reports_equal_those_of_the_command(study_folder: Path, tmp_path: Path) -> None:
    found = report(study_folder, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == found.spell("html")
    for suffix, form in FORMATS.items():
        assert found.write(tmp_path / f"report{suffix}").read_text(encoding="utf-8") == found.spell(form)
        assert main(["report", str(study_folder), "-o", str(tmp_path / f"command{suffix}")]) == 0
        assert (tmp_path / f"command{suffix}").read_text(encoding="utf-8").rstrip() == found.spell(form).rstrip()
    assert str(found) == found.spell("md")
    assert repr(found).startswith("Report('fabricated': ")
    assert found.headline in repr(study_tables(study_folder).report())


def test_a_report_has_the_chosen_panels(study_folder: Path) -> None:
    chosen = report(study_folder, panels=["cost", {"type": "results"}])
    titles = [panel["title"] for panel in json.loads(chosen.spell("json"))["panels"]]
    assert titles == ["Cost", "Differences from the baseline"]
    with pytest.raises(ConfigurationError, match="'costs' is not registered for Panel. did you mean 'cost'"):
        report(study_folder, panels=["costs"])


def test_reports_in_a_notebook(study_folder: Path) -> None:
    found = report(study_folder)
    assert "<table>" in found._repr_html_()
    frame = found.page._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts" style="')
    assert "<script" not in frame, "the page is the escaped value of an attribute"
    assert repr(found.page).startswith("InlinePage(")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda folder: report(folder, folder / "a.xyz"),
            "a.xyz' has an unknown suffix. use .html, .md, .tex, .csv, .json",
        ),
        (lambda folder: report(folder).spell("htm"), "form: there is no format 'htm'. did you mean 'html'?"),
        (lambda folder: report(folder, selection=True).spell("csv"), "form: csv has one line per run, and selection"),
        (lambda folder: report(folder / "nothing"), "there is no study in"),
        (
            lambda folder: Study.from_file({"data": "demo"}),
            "is a config, not a study. use spanreg.train, or make it the base",
        ),
        (
            lambda folder: Study.from_file({"base": {"data": "demo"}}).run(folder, executor="lokal"),
            "base.encoder: is required and missing",
        ),
    ],
)
def test_wrong_arguments_are_rejected(study_folder: Path, call: Callable[[Path], Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call(study_folder)
    assert message in str(caught.value)


def test_an_unknown_executor_is_rejected(definition: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"executor type: 'lokal' is not registered for Executor"):
        Study.from_file(definition).run(tmp_path / "study", executor="lokal")


def test_hostile_names_are_escaped(
    study_folder: Path, hostile_texts: list[str], has_expected_elements: Callable[[str], bool]
) -> None:
    facts = report(study_folder).facts
    (arm, *_) = facts["arms"]
    arms = [{**arm, "name": text} for text in hostile_texts]
    found = Report({**facts, "headline": hostile_texts[0], "arms": arms}, study_folder)
    assert has_expected_elements(found._repr_html_())
    # The only tags are the opening and the closing one of the frame.
    page = InlinePage("".join(hostile_texts))._repr_html_()
    assert page.count("<") == page.count(">") == 2
