"""Predictions for lines of JSON, as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.segmenters.spans import layers_of_texts, offsets
from spanreg.training.saved_run import SavedRun

_MOST_AT_ONCE = 1024
"Examples that are scored together, whatever the size of a window."


def predict(run: SavedRun, windows: Iterable[Sequence[str | bytes]], source: str) -> Iterator[dict[str, Any]]:
    """One answer for every line, in order; the answers to a window come before the next window is asked for.

    A line is an object with ``text`` and, for a task on pairs, ``pair``. The answer repeats what it has (a ``label`` as
    ``gold_label``), and adds for
    classification ``label`` (the word) and ``scores`` (probability by label word), for regression ``score``; and
    ``spans``, the character offsets of the text's spans (``pair_spans`` for its pair's); where there are several
    segmentations, all of them in ``layers`` (``pair_layers``). Empty lines are passed over.

    Args:
        run: a finished run.
        windows: JSON Lines, bytes as UTF-8, some at a time: the more at once, the better they fill batches.
        source: name of the file, for error texts.

    Raises:
        ConfigurationError: a line that cannot be read, with its number. The answers before it have been given.
    """
    numbers = count(1)
    for window in windows:
        examples: list[dict[str, Any]] = []
        problem: ConfigurationError | None = None
        for line in window:
            number = next(numbers)
            try:
                if line.strip():
                    examples.append(read_example(line, run.task, f"{source}:{number}"))
            except ConfigurationError as error:
                problem = error
                break
        for start in range(0, len(examples), _MOST_AT_ONCE):
            yield from _answer(run, examples[start : start + _MOST_AT_ONCE])
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
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"not JSON: {_reason(error)}", file=where, hint='write {"text": "..."} on every line'
        ) from None
    if not isinstance(example, dict):
        raise ConfigurationError("not a JSON object", file=where, hint='write {"text": "..."} on every line')
    for name in ("text", "pair") if task.pair else ("text",):
        if not isinstance(example.get(name), str):
            problem = f"'{name}' is not a string" if name in example else f"there is no '{name}'"
            raise ConfigurationError(problem, file=where, hint=f"the task {task.name} asks for a string in '{name}'")
    return example


def _reason(error: Exception) -> str:
    """Why a line is no JSON, without the line number that the parser counts within the line."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]


def _answer(run: SavedRun, examples: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    texts = [example["text"] for example in examples]
    pairs = [example["pair"] for example in examples] if run.task.pair else None
    scores = run.score(texts, pairs)
    added = [_verdict(run.task, *row) for row in zip(scores.logits, scores.predictions, strict=True)]
    spans = _offsets(run, texts)
    if pairs is not None:
        spans = [own | other for own, other in zip(spans, _offsets(run, pairs, "pair_"), strict=True)]
    for row, example in enumerate(examples):
        given = {"gold_label" if name == "label" else name: value for name, value in example.items()}
        yield {**given, **added[row], **spans[row]}


def _offsets(run: SavedRun, texts: Sequence[str], prefix: str = "") -> list[dict[str, Any]]:
    """The spans of every text, by what an answer calls them."""
    return [offsets(layers, prefix) for layers in layers_of_texts(run.segmenter, texts)]


def _verdict(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:
    if task.kind == "regression":
        return {"score": float(str(prediction))}
    probabilities = softmax(logits.astype(np.float64)).round(6).tolist()
    return {
        "label": task.labels[int(prediction)],
        "scores": dict(zip(task.labels, probabilities, strict=True)),
    }
