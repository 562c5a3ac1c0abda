"""Results that are read from a run folder, and the messages about a damaged one."""

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
HINT = "remove that run's folder; 'spanreg study run' then repeats the run"
MakeStudy = Callable[..., Path]


def read(study: Path, split: str | None = None) -> RunResult:
    """Return the result of the run of seed 1 of the arm ``plain``."""
    return read_run(RUN, study / RUN.folder, split)


def test_a_result_has_scores_predictions_and_environment(make_study: MakeStudy) -> None:
    found = read(make_study({"plain": {1: [1, 0, 1]}}, [1, 1, 1]))
    assert (found.name, found.split, found.seconds, found.parameters) == ("plain, seed 1", "validation", 11.0, 1000)
    assert found.peak_memory == 2_000_000_000
    assert found.figures["accuracy"] == pytest.approx(2 / 3)
    assert found.predictions is not None
    assert found.predictions.predictions.tolist() == [1, 0, 1]
    assert found.environment()["seed"] == 1
    assert (found.task.labels, found.task.metrics) == (("no", "yes"), ("accuracy", "f1"))


@pytest.mark.parametrize("rows", [[[0, 1], [1, 0]], [[0, 1], [1]]], ids=["of one length", "of several lengths"])
def test_predictions_of_tokens_are_read(make_study: MakeStudy, rows: list[list[int]]) -> None:
    task = Task("tags", "token_classification", ("D", "N"), ("accuracy",), False)
    found = read(make_study({"plain": {1: rows}}, rows, task)).predictions
    assert found is not None
    assert found.labels.shape == (2,)
    assert [row.tolist() for row in found.predictions] == rows


def test_predictions_of_several_labels_are_read(make_study: MakeStudy) -> None:
    task = Task("topics", "multi_label", ("a", "b"), ("multi_label_f1",), False)
    found = read(make_study({"plain": {1: [[0, 1], [1, 1]]}}, [[0, 1], [1, 0]], task)).predictions
    assert found is not None
    assert found.labels.shape == (2, 2)


def test_missing_gold_labels_are_an_error_if_there_are_scores(make_study: MakeStudy) -> None:
    study = make_study({"plain": {1: [1, 0]}}, [1, 0])
    file = study / RUN.folder / "predictions" / "validation.jsonl"
    file.write_text(re.sub('"label": .', '"label": null', file.read_text()))
    with pytest.raises(ConfigurationError, match="it has no gold labels, but metrics.json has scores of validation"):
        read(study)
    metrics = study / RUN.folder / "metrics.json"
    metrics.write_text(json.dumps({**json.loads(metrics.read_text()), "splits": {"validation": {}}}))
    assert read(study).predictions is None


def half_of(text: str) -> str:
    """Return the first half of a text, which ends within a line."""
    return text[: len(text) // 2 + 3]


def without_last_line(text: str) -> str:
    """Return a text without its last line."""
    return "\n".join(text.splitlines()[:-1])


@pytest.mark.parametrize(
    ("file", "change", "expected"),
    [
        ("predictions/validation.jsonl", half_of, "validation.jsonl is damaged: line 2 is not a prediction"),
        ("predictions/validation.jsonl", without_last_line, "validation.jsonl is truncated: it has 2 of 3 predictions"),
        ("predictions/validation.jsonl", lambda text: "", "validation.jsonl is truncated: it has 0 of 3 predictions"),
        ("predictions/validation.jsonl", lambda text: "[]\n" * 3, "is damaged: line 1 is not a prediction"),
        ("metrics.json", half_of, "metrics.json is damaged: it is not JSON"),
        ("metrics.json", lambda text: "[]", "metrics.json is damaged: it is not a JSON object"),
        ("metrics.json", lambda text: '{"main": "accuracy"}', "metrics.json is damaged: 'splits' is missing"),
        (
            "metrics.json",
            lambda text: text.replace("2000000000", '"much"'),
            "'training.peak_memory' is \"much\", a string, where an integer or null is expected",
        ),
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
def test_a_damaged_file_is_reported_with_its_fault(
    make_study: MakeStudy, file: str, change: Callable[[str], str], expected: str
) -> None:
    study = make_study({"plain": {1: [1, 0, 1]}}, [1, 1, 1])
    path = study / RUN.folder / file
    path.write_text(change(path.read_text()))
    with pytest.raises(ConfigurationError) as raised:
        read(study)
    assert expected in str(raised.value)
    assert HINT in str(raised.value)


@pytest.mark.parametrize("file", ["metrics.json", "data.json", "inference.json", "predictions/validation.jsonl"])
def test_a_missing_file_is_reported(make_study: MakeStudy, file: str) -> None:
    study = make_study({"plain": {1: [1, 0]}}, [1, 1])
    (study / RUN.folder / file).unlink()
    with pytest.raises(ConfigurationError, match=f"{Path(file).name} is missing"):
        read(study)


def test_a_split_without_scores_is_reported(make_study: MakeStudy) -> None:
    study = make_study({"plain": {1: [1, 0]}}, [1, 1])
    expected = "the run 'plain, seed 1' has no figures of the split 'test'. it has: validation; or score it"
    with pytest.raises(ConfigurationError, match=expected):
        read(study, "test")
