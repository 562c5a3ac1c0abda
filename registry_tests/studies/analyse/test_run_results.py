"""Results that are read from a run's folder, and messages about a damaged one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.run_results import RunResult, read_run
from spanreg.studies.execute.record import PlannedRun

RUN = PlannedRun("plain-1", "plain", 1, "runs/plain-1")
AGAIN = "remove that run's folder; 'spanreg study run' then repeats the run"
MakeStudy = Callable[..., Path]


def read(study: Path, split: str | None = None) -> RunResult:
    return read_run(RUN, study / RUN.folder, split)


def test_a_run_as_it_was_left(make_study: MakeStudy) -> None:
    found = read(make_study({"plain": {1: [1, 0, 1]}}, [1, 1, 1]))
    assert (found.name, found.split, found.seconds, found.parameters) == ("plain, seed 1", "validation", 11.0, 1000)
    assert found.figures["accuracy"] == pytest.approx(2 / 3)
    assert found.predictions is not None
    assert found.predictions.predictions.tolist() == [1, 0, 1]
    assert found.environment()["seed"] == 1
    assert (found.task.labels, found.task.metrics) == (("no", "yes"), ("accuracy", "f1"))


@pytest.mark.parametrize("rows", [[[0, 1], [1, 0]], [[0, 1], [1]]], ids=["of one length", "of several lengths"])
def test_labels_of_tokens(make_study: MakeStudy, rows: list[list[int]]) -> None:
    task = Task("tags", "token_classification", ("D", "N"), ("accuracy",), False)
    found = read(make_study({"plain": {1: rows}}, rows, task)).predictions
    assert found is not None
    assert found.labels.shape == (2,)
    assert [row.tolist() for row in found.predictions] == rows


def test_sets_of_labels(make_study: MakeStudy) -> None:
    task = Task("topics", "multi_label", ("a", "b"), ("multi_label_f1",), False)
    found = read(make_study({"plain": {1: [[0, 1], [1, 1]]}}, [[0, 1], [1, 0]], task)).predictions
    assert found is not None
    assert found.labels.shape == (2, 2)


def test_no_gold_labels(make_study: MakeStudy) -> None:
    study = make_study({"plain": {1: [1, 0]}}, [1, 0])
    file = study / RUN.folder / "predictions" / "validation.jsonl"
    file.write_text(re.sub('"label": .', '"label": null', file.read_text()))
    with pytest.raises(ConfigurationError, match="it has no gold labels, but metrics.json has scores of validation"):
        read(study)
    metrics = study / RUN.folder / "metrics.json"
    metrics.write_text(json.dumps({**json.loads(metrics.read_text()), "splits": {"validation": {}}}))
    assert read(study).predictions is None


def cut(text: str) -> str:
    return text[: len(text) // 2 + 3]


def a_line_less(text: str) -> str:
    return "\n".join(text.splitlines()[:-1])


@pytest.mark.parametrize(
    ("file", "change", "expected"),
    [
        ("predictions/validation.jsonl", cut, "validation.jsonl is damaged: line 2 is not a prediction"),
        ("predictions/validation.jsonl", a_line_less, "validation.jsonl is truncated: it has 2 of 3 predictions"),
        ("predictions/validation.jsonl", lambda text: "", "validation.jsonl is truncated: it has 0 of 3 predictions"),
        ("predictions/validation.jsonl", lambda text: "[]\n" * 3, "is damaged: line 1 is not a prediction"),
        ("metrics.json", cut, "metrics.json is damaged: it is not JSON"),
        ("metrics.json", lambda text: "[]", "metrics.json is damaged: it is not a JSON object"),
        ("metrics.json", lambda text: '{"main": "accuracy"}', "metrics.json is damaged: 'splits' is missing"),
        (
            "metrics.json",
            lambda text: '{"main": "f1", "splits": {"a": {"f1": "1"}}}',
            "'splits.a.f1' is \"1\", a string",
        ),
        ("metrics.json", lambda text: '{"main": "f1", "splits": {}}', "plain-1 is damaged"),
        ("data.json", lambda text: '{"train": [1]}', "data.json is damaged: 'train' is a list, where an object is"),
        ("predictions/validation.jsonl", lambda text: text.replace(": 1", ": 2"), "its predictions are not those of a"),
        ("predictions/validation.jsonl", lambda text: text.replace(": 1", ": 1.5"), "its predictions are not those of"),
        ("predictions/validation.jsonl", lambda text: text.replace('l": 1', 'l": null', 1), "1 of 3 examples have no"),
        ("inference.json", lambda text: "{}", "plain-1 is damaged"),
    ],
)
def test_a_damaged_file(make_study: MakeStudy, file: str, change: Callable[[str], str], expected: str) -> None:
    study = make_study({"plain": {1: [1, 0, 1]}}, [1, 1, 1])
    path = study / RUN.folder / file
    path.write_text(change(path.read_text()))
    with pytest.raises(ConfigurationError) as raised:
        read(study)
    assert expected in str(raised.value)
    assert AGAIN in str(raised.value)


@pytest.mark.parametrize("file", ["metrics.json", "data.json", "inference.json", "predictions/validation.jsonl"])
def test_a_missing_file(make_study: MakeStudy, file: str) -> None:
    study = make_study({"plain": {1: [1, 0]}}, [1, 1])
    (study / RUN.folder / file).unlink()
    with pytest.raises(ConfigurationError, match=f"{Path(file).name} is missing"):
        read(study)


def test_a_split_that_the_run_was_not_scored_on(make_study: MakeStudy) -> None:
    study = make_study({"plain": {1: [1, 0]}}, [1, 1])
    expected = "the run 'plain, seed 1' has no figures of the split 'test'. it has: validation; or score it"
    with pytest.raises(ConfigurationError, match=expected):
        read(study, "test")
