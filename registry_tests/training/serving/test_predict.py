"""``predict``: one answer for every JSON line, in order and without reading ahead."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from tokenizers.processors import TemplateProcessing

from spanreg.preparation import SpanTokenizer
from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving import predict as module
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def run(finished: Path) -> SavedRun:
    """Return the finished run, loaded once; tests only read it."""
    return SavedRun(finished)


def test_an_answer_repeats_the_line_and_adds_label_scores_and_spans(run: SavedRun) -> None:
    (answer,) = predict(run, [['{"text": "the red fox ran", "id": "x1"}']], "here")
    assert list(answer) == ["text", "id", "label", "scores", "spans"]
    assert answer["id"] == "x1"
    assert answer["label"] == max(answer["scores"], key=answer["scores"].get)
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=1e-5)
    assert [answer["text"][start:end] for start, end in answer["spans"]] == ["the red fox ran"]


def test_a_label_of_the_input_becomes_gold_label(run: SavedRun) -> None:
    (answer,) = predict(run, [['{"text": "the red fox ran", "label": "mine"}']], "here")
    assert answer["gold_label"] == "mine"


def test_answers_can_be_the_input_of_another_prediction(run: SavedRun) -> None:
    (first,) = predict(run, [['{"text": "the red fox ran", "label": "mine"}']], "here")
    (second,) = predict(run, [[json.dumps({**first, "label": "predicted", "scores": 1})]], "here")
    (third,) = predict(run, [[json.dumps({**second, "label": "again", "scores": 2})]], "here")
    assert second["gold_label"] == third["gold_label"] == "mine"
    assert second["given_label"] == third["given_label"] == "predicted"
    assert second["given_scores"] == third["given_scores"] == 1
    assert (third["given_given_label"], third["given_given_scores"]) == ("again", 2)
    assert first["label"] == second["label"] == third["label"]


@pytest.mark.parametrize("fields", [["scores", "given_scores"], ["given_scores", "scores"], ["gold_label", "label"]])
def test_no_field_of_the_input_is_lost(run: SavedRun, fields: list[str]) -> None:
    (answer,) = predict(run, [[json.dumps({"text": "a", fields[0]: "x", fields[1]: "y"})]], "here")
    assert [value for value in answer.values() if value in ("x", "y")] == ["x", "y"]
    assert answer["label"] in run.task.labels


def test_answers_are_in_the_order_of_the_lines(run: SavedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST_CHUNK", 3)  # so that a window is predicted in several chunks
    lines = [json.dumps({"text": "fox " * (row % 4), "id": row}) for row in range(10)]
    windows = [lines[:8], [], lines[8:]]
    assert [answer["id"] for answer in predict(run, windows, "here")] == list(range(10))


def test_answers_are_yielded_before_the_next_window_is_read(run: SavedRun) -> None:
    windows_read = 0

    def endless_windows() -> Iterator[list[str]]:
        nonlocal windows_read
        while True:
            windows_read += 1
            yield ['{"text": "a"}']

    answers = predict(run, endless_windows(), "here")
    next(answers)
    next(answers)
    assert windows_read == 2


def test_empty_lines_are_skipped_and_counted(run: SavedRun) -> None:
    answers = predict(run, [["\n", '{"text": "a"}\n'], ["  \n", "{}\n"]], "in.jsonl")
    assert next(answers)["text"] == "a"
    with pytest.raises(ConfigurationError, match=r"^in\.jsonl:4: "):
        next(answers)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "f:1: not JSON: Expecting property name enclosed in double quotes at column 2"),
        ('{"text": "a', "f:1: not JSON: Unterminated string starting at column 10. write"),
        ("[" * 100_000, "f:1: not JSON: it is nested more than 100 levels deep"),
        ('{"text": "a", "n": ' + "1" * 5000 + "}", "f:1: not JSON: Exceeds the limit (4300 digits) for integer string"),
        ("[]", "f:1: not a JSON object"),
        ('{"txt": "a"}', "f:1: there is no 'text'. the task demo needs a string in 'text'"),
        ('{"text": 1}', "f:1: 'text' is not a string. the task demo needs a string in 'text'"),
    ],
)
def test_invalid_lines_are_reported(run: SavedRun, line: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        list(predict(run, [[line]], "f"))
    assert str(caught.value).startswith(message)


@pytest.fixture
def run_without_special_tokens(finished: Path) -> SavedRun:
    """Return the finished run with a tokenizer that, as those of decoders, has no tokens for an empty text."""
    run = SavedRun(finished)
    backend = run.tokenizer.backend_tokenizer
    backend.post_processor = TemplateProcessing(single="$A", pair="$A $B:1", special_tokens=[])
    run.span_tokenizer = SpanTokenizer(run.tokenizer, run.segmenter, run.settings.max_tokens)
    return run


def test_texts_without_tokens_are_reported_after_the_answers_before_them(run_without_special_tokens: SavedRun) -> None:
    windows = [['{"text": "a"}'], ['{"text": "b"}', '{"text": "c"}', '{"text": ""}', '{"text": "d"}']]
    answers = predict(run_without_special_tokens, windows, "here")
    assert [next(answers)["text"] for _ in range(3)] == ["a", "b", "c"]
    message = (
        r"^example 3 \(counted from 0\) has no tokens: .* adds no special tokens. leave it out, or use another encoder$"
    )
    with pytest.raises(ConfigurationError, match=message):
        next(answers)
    with pytest.raises(ConfigurationError, match=r"^text 1 \(counted from 0\) has no tokens: "):
        run_without_special_tokens.batch(["a", " "])


@pytest.mark.usefixtures("toy_readers")
def test_pairs_have_the_spans_of_both_texts(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_pair")), tmp_path / "pair")
    (answer,) = predict(SavedRun(tmp_path / "pair"), [['{"text": "the red fox", "pair": "a bear"}']], "f")
    assert answer["spans"] == [[0, 11]]
    assert answer["pair_spans"] == [[0, 1], [2, 6]]
    with pytest.raises(ConfigurationError, match="there is no 'pair'"):
        list(predict(SavedRun(tmp_path / "pair"), [['{"text": "a"}']], "f"))


@pytest.mark.usefixtures("toy_readers")
def test_answers_of_a_regression_have_a_score(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_regression")), tmp_path / "regression")
    (answer,) = predict(SavedRun(tmp_path / "regression"), [['{"text": "the red fox"}']], "f")
    assert isinstance(answer["score"], float)


def test_memory_does_not_grow_with_the_input(run: SavedRun) -> None:
    def peak_memory(windows: int) -> int:
        lines = [json.dumps({"text": f"the red fox {number % 7}"}) for number in range(200)]
        tracemalloc.reset_peak()
        for _ in predict(run, repeat(lines, windows), "here"):
            pass
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak_memory(2)  # the first call fills caches
        few, many = peak_memory(2), peak_memory(20)
    finally:
        tracemalloc.stop()
    # 18 more windows of 200 lines. Each answer takes several hundred bytes, so that 100 would be exceeded if they were
    # kept.
    assert many - few < 18 * 200 * 100
