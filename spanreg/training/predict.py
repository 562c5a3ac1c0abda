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
from spanreg.segmenters.base import Segmenter
from spanreg.text.words import find_words
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


def span_offsets(segmenter: Segmenter, texts: Sequence[str]) -> list[list[list[int]]]:
    """Character offsets ``[start, end]`` of every text's spans."""
    words = find_words(texts)
    begins = np.flatnonzero(segmenter.begins(words))
    # A span ends with the word before the next beginning, the last one with the last word, where there are words.
    lasts = np.append(begins[1:], len(words.starts))[: len(begins)] - 1
    offsets = np.stack([words.starts[begins], words.ends[lasts]], axis=1)
    cuts = np.searchsorted(begins, words.bounds)
    return [offsets[cuts[text] : cuts[text + 1]].tolist() for text in range(len(texts))]


def _answer(run: SavedRun, examples: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if not examples:
        return
    texts = [example["text"] for example in examples]
    pairs = [example["pair"] for example in examples] if run.task.pair else None
    scores = run.score(texts, pairs)
    added = [_verdict(run.task, *row) for row in zip(scores.logits, scores.predictions, strict=True)]
    spans = span_offsets(run.segmenter, texts)
    pair_spans = span_offsets(run.segmenter, pairs) if pairs is not None else None
    for row, example in enumerate(examples):
        more = {} if pair_spans is None else {"pair_spans": pair_spans[row]}
        yield {**example, **added[row], "spans": spans[row], **more}


def _verdict(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:
    if task.kind == "regression":
        return {"score": float(str(prediction))}
    probabilities = softmax(logits.astype(np.float64)).round(6).tolist()
    return {
        "label": task.labels[int(prediction)],
        "scores": dict(zip(task.labels, probabilities, strict=True)),
    }
