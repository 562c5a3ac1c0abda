"""A study from Python: planned, run, and read as frames."""

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
RIGHT = {seed: [*GOLD[:36], 1 - GOLD[36], *GOLD[37:]] for seed in (1, 2, 3)}
WORSE = {seed: [*GOLD[: 24 + seed], *(1 - one for one in GOLD[24 + seed :])] for seed in (1, 2, 3)}


@pytest.fixture
def values(make_config: MakeConfig) -> dict[str, Any]:
    base = make_config({"max_steps": 1, "epochs": 1})
    return {"base": base, "seeds": [1, 2], "arms": {"plain": {"aggregator": "none"}}, "baseline": "plain"}


@pytest.fixture
def made(make_study: Callable[..., Path]) -> Path:
    return make_study({"plain": WORSE, "spans": RIGHT}, GOLD, unfinished={("spans", 4): {"state": "interrupted"}})


def test_plan(values: dict[str, Any]) -> None:
    planned = Study.from_file(values).plan()
    assert (len(planned), planned.baseline, [arm.name for arm in planned.arms]) == (4, "plain", ["base", "plain"])
    frame = planned.to_pandas()
    assert (
        list(frame["run"])
        == list(planned.configs)
        == ["base, seed 1", "plain, seed 1", "base, seed 2", "plain, seed 2"]
    )
    assert "dropped" not in frame["changes"][0]
    assert repr(planned) == "PlannedStudy(2 arms, 4 runs, baseline='plain')"
    assert "2 arms, 4 runs; compared with &#x27;plain&#x27;" in Study.from_file(values)._repr_html_()


def test_sizes_are_matched_as_on_the_command_line(values: dict[str, Any]) -> None:
    matched = Study.from_file({**values, "arms": {"flat": {"aggregator": "flat_cnn"}}, "baseline": None, "match": {}})
    assert [bool(arm.match) for arm in matched.plan().arms] == [False, True]


def test_run_and_results(values: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = Study.from_file({**values, "seeds": [1]})
    found = study.run(tmp_path / "study", executor=InProcessExecutor(), progress=True)
    assert "study: 100%" in capsys.readouterr().err
    assert list(found.runs["arm"]) == ["base", "plain"]
    planned = {config.run_id for config in study.plan().configs.values()}
    assert set(found.runs["id"]) == planned, "a run of a study has the id of its config"
    again = Study.from_file({**values, "seeds": [1]})
    with pytest.raises(ConfigurationError, match="the study has no folder yet. run it, or name its folder"):
        again.results()
    assert again.results(tmp_path / "study").runs.equals(found.runs)


def test_frames(made: Path) -> None:
    found = study_tables(made)
    assert found.runs["arm"].value_counts().to_dict() == {"spans": 4, "plain": 3}
    assert found.runs["state"].value_counts().to_dict() == {"finished": 6, "interrupted": 1} or set(
        found.runs["state"]
    ) == {"finished", "stopped"}
    spans = found.comparisons.set_index("arm").loc["spans"]
    scores = found.runs[found.runs["arm"] == "spans"]["accuracy"].dropna()
    assert spans["mean"] == pytest.approx(scores.mean())
    assert spans["low"] < spans["difference"] < spans["high"]
    assert spans["against"] == "plain"
    assert found.comparisons["difference"].dtype == np.float64
    rows = found.predictions
    assert len(rows) == 6 * len(GOLD)
    assert set(rows["label"]) == {"no", "yes"}
    by_run = rows.groupby(["arm", "seed"])["correct"].mean()
    assert by_run["spans", 1] == pytest.approx(39 / 40)


@pytest.mark.parametrize(
    ("task", "labels", "expected"),
    [
        (Task("t", "regression", (), ("pearson",), False), [0.5, 1.5, 2.0, 1.0], 0.5),
        (Task("t", "multi_label", ("a", "b"), ("multi_label_f1",), False), [[1, 0], [1, 1], [0, 0], [0, 1]], ["a"]),
    ],
    ids=["regression", "multi_label"],
)
def test_predictions_of_other_tasks(make_study: Callable[..., Path], task: Task, labels: Any, expected: Any) -> None:
    found = study_tables(make_study({"plain": {1: labels}, "spans": {1: labels}}, labels, task)).predictions
    assert found["label"][0] == found["prediction"][0] == expected
    assert found["correct"].all()


def test_report(made: Path, tmp_path: Path) -> None:
    found = report(made, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == found.spell("html")
    for suffix, form in FORMATS.items():
        assert found.write(tmp_path / f"report{suffix}").read_text(encoding="utf-8") == found.spell(form)
        assert main(["report", str(made), "-o", str(tmp_path / f"theirs{suffix}")]) == 0
        assert (tmp_path / f"theirs{suffix}").read_text(encoding="utf-8").rstrip() == found.spell(form).rstrip()
    assert str(found) == found.spell("md")
    assert repr(found).startswith("Report('fabricated': ")
    assert found.headline in repr(study_tables(made).report())
    chosen = report(made, panels=["cost", {"type": "results"}])
    assert [panel["title"] for panel in json.loads(chosen.spell("json"))["panels"]] == [
        "Cost",
        "Differences from the baseline",
    ]
    with pytest.raises(ConfigurationError, match="'costs' is not registered for Panel. did you mean 'cost'"):
        report(made, panels=["costs"])


def test_inline(made: Path) -> None:
    found = report(made)
    assert "<table>" in found._repr_html_()
    frame = found.page._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts" style="')
    assert "<script" not in frame, "the page is the escaped value of an attribute"
    assert repr(found.page).startswith("InlinePage(")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda made: report(made, made / "a.xyz"), "a.xyz' has an unknown suffix. use .html, .md, .tex, .csv, .json"),
        (lambda made: report(made).spell("htm"), "form: there is no format 'htm'. did you mean 'html'?"),
        (lambda made: report(made, selection=True).spell("csv"), "form: csv has one line per run, and selection"),
        (lambda made: report(made / "nothing"), "there is no study in"),
        (
            lambda made: Study.from_file({"data": "demo"}),
            "is a config, not a study. use spanreg.train, or make it the base",
        ),
        (
            lambda made: Study.from_file({"base": {"data": "demo"}}).run(made, executor="lokal"),
            "base.encoder: is required and missing",
        ),
    ],
)
def test_mistakes(made: Path, call: Callable[[Path], Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call(made)
    assert message in str(caught.value)


def test_an_unknown_executor(values: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"executor type: 'lokal' is not registered for Executor"):
        Study.from_file(values).run(tmp_path / "study", executor="lokal")


def test_hostile_names(made: Path, hostile: list[str], without_markup: Callable[[str], bool]) -> None:
    facts = report(made).facts
    (arm, *_) = facts["arms"]
    found = Report({**facts, "headline": hostile[0], "arms": [{**arm, "name": one} for one in hostile]}, made)
    assert without_markup(found._repr_html_())
    page = InlinePage("".join(hostile))._repr_html_()
    assert page.count("<") == page.count(">") == 2
