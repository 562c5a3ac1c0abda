"""Predictions for lines of JSON, as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.segmenters.spans import segment_texts
from spanreg.training.saved_run import SavedRun

# Enough for batches of similar length, few enough to be gone through in seconds.
_WINDOW = 1024


def predict(run: SavedRun, lines: Iterable[str | bytes], source: str) -> Iterator[dict[str, Any]]:
    """One answer for every line, in order; memory is bounded however many lines there are.

    A line is an object with ``text`` and, for a task on pairs, ``pair``. The answer repeats what it has, and adds for
    classification ``label`` (the word) and ``scores`` (probability by label word), for regression ``score``; and
    ``spans``, the character offsets of the text's spans (``pair_spans`` for its pair's). Empty lines are passed over.

    Args:
        run: a finished run.
        lines: JSON Lines, bytes as UTF-8.
        source: name of the file, for error texts.

    Raises:
        ConfigurationError: a line that cannot be read, with its number. The answers before it have been given.
    """
    numbered = enumerate(lines, start=1)
    while window := list(islice(numbered, _WINDOW)):
        examples: list[dict[str, Any]] = []
        problem: ConfigurationError | None = None
        for number, line in window:
            try:
                if line.strip():
                    examples.append(read_example(line, run.task, f"{source}:{number}"))
            except ConfigurationError as error:
                problem = error
                break
        yield from _answer(run, examples)
        if problem is not None:
            raise problem


def read_example(line: str | bytes, task: Task, where: str) -> dict[str, Any]:
    """One line of JSON with the texts that the task asks for.

    Raises:
        ConfigurationError: not UTF-8, not JSON, not an object, or a text is missing or is not a string.
    """
    try:
        example = json.loads(line if isinstance(line, str) else line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"not UTF-8 (byte {error.start})", file=where, hint="convert it to UTF-8") from None
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"not JSON: {error.msg} at column {error.colno}", file=where, hint='write {"text": "..."} on every line'
        ) from None
    if not isinstance(example, dict):
        raise ConfigurationError("not a JSON object", file=where, hint='write {"text": "..."} on every line')
    for name in ("text", "pair") if task.pair else ("text",):
        if not isinstance(example.get(name), str):
            problem = f"'{name}' is not a string" if name in example else f"there is no '{name}'"
            raise ConfigurationError(problem, file=where, hint=f"the task {task.name} asks for a string in '{name}'")
    return example


def _answer(run: SavedRun, examples: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if not examples:
        return
    texts = [example["text"] for example in examples]
    pairs = [example["pair"] for example in examples] if run.task.pair else None
    scores = run.score(texts, pairs)
    added = [_verdict(run.task, *row) for row in zip(scores.logits, scores.predictions, strict=True)]
    spans = {"spans": _offsets(run, texts), **({} if pairs is None else {"pair_spans": _offsets(run, pairs)})}
    for row, example in enumerate(examples):
        yield {**example, **added[row], **{name: offsets[row] for name, offsets in spans.items()}}


def _offsets(run: SavedRun, texts: Sequence[str]) -> list[list[list[int]]]:
    """Character offsets ``[start, end]`` of every text's spans."""
    return [[[span.start, span.end] for span in spans] for spans in segment_texts(run.segmenter, texts)]


def _verdict(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:
    if task.kind == "regression":
        return {"score": float(str(prediction))}
    probabilities = softmax(logits.astype(np.float64)).round(6).tolist()
    return {
        "label": task.labels[int(prediction)],
        "scores": dict(zip(task.labels, probabilities, strict=True)),
    }
