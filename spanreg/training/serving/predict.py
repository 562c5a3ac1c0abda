"""Stream predictions for lines of JSON or rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from spanreg.data.base import Task, TaskKind
from spanreg.limits import limits
from spanreg.preparation.alignment import NoTokensError
from spanreg.preparation.batches import BATCH_CHARACTERS
from spanreg.registry import ConfigurationError
from spanreg.segmenters.spans.offsets import layers_of_texts, offsets
from spanreg.text.files.blocks import line_too_long
from spanreg.text.joined import TokenOffsets, join_tokens
from spanreg.training.data.examples import as_example, read_example
from spanreg.training.serving.saved_run import SavedRun

_LARGEST_CHUNK = 1024
"Largest number of examples that are predicted together; fewer if they are long."

Window = Iterable[dict[str, Any]]
"Examples that are available at the same time; an unreadable one raises a ``ConfigurationError`` when it is reached."


def predict(run: SavedRun, windows: Iterable[Sequence[str | bytes]], source: str) -> Iterator[dict[str, Any]]:
    """Yield one answer for every line of JSON, in order; ``answers`` describes them. Blank lines are skipped.

    ``list(predict(SavedRun(Path("run")), [['{"text": "She spilled the beans."}']], "texts.jsonl"))``

    Args:
        run: a finished run.
        windows: groups of JSON lines, bytes as UTF-8; large groups fill batches better.
        source: name of the file, for errors.

    Raises:
        ConfigurationError: a line cannot be read; the answers before it are yielded first.
    """
    numbers = count(1)

    def examples(window: Sequence[str | bytes]) -> Window:
        # The window comes first: at its end, zip then takes no number that the next window needs.
        for line, number in zip(window, numbers, strict=False):
            if len(line) > limits().line:
                raise line_too_long(f"{source}:{number}", limits().line)
            if line.strip():
                yield read_example(line, run.task, f"{source}:{number}", run.layout)

    return answers(run, map(examples, windows))


def predict_rows(run: SavedRun, rows: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Yield one answer for every row, in order.

    Args:
        run: a finished run.
        rows: for each row its place, for errors, and its values by column.

    Raises:
        ConfigurationError: a row cannot be read; the answers before it are yielded first.
    """
    examples = (as_example(row, run.task, where, run.layout) for where, row in rows)
    # All windows share one iterator: ``answers`` reads each to its end before the next.
    return answers(run, (chain([first], islice(examples, _LARGEST_CHUNK - 1)) for first in examples))


def answers(run: SavedRun, windows: Iterable[Window]) -> Iterator[dict[str, Any]]:
    """Yield one answer for every example; all answers for a window are yielded before the next window is read.

    An example has ``text`` and, for a task on pairs, ``pair``, under these names or those of the training data; for
    token classification it may have ``tokens`` (a list of words) instead of the text. The answer repeats its fields (a
    ``label`` as ``gold_label``, a name that the answer uses, or a second ``gold_label``, as ``given_...``), and adds

    - for classification ``label`` (the word) and ``scores`` (probability by label word);
    - for regression ``score``;
    - for multi-label ``labels`` (the predicted words) and ``scores``;
    - for token classification ``words`` (character offsets of the given tokens, or of the text's words) and ``labels``
      (one label word for each, null for a truncated token);

    and ``spans``, the character offsets of the text's spans (``pair_spans`` for its pair's); several segmentations are
    all in ``layers`` (``pair_layers``).

    Args:
        run: a finished run.
        windows: groups of examples.

    Raises:
        ConfigurationError: an example cannot be read; the answers before it are yielded first.
    """
    done = 0
    for window in windows:
        examples: list[dict[str, Any]] = []
        problem: ConfigurationError | None = None
        size, waiting = 0, iter(window)
        while True:
            try:
                example = next(waiting)
            except StopIteration:
                break
            except ConfigurationError as error:
                problem = error  # raised after the answers to the examples before it
                break
            examples.append(example)
            # Long texts must not fill the memory: a chunk is limited in characters, too.
            size += sum(len(example.get(name) or "") for name in ("text", "pair"))
            if len(examples) == _LARGEST_CHUNK or size > BATCH_CHARACTERS:
                yield from _answer(run, examples, done)
                done += len(examples)
                examples, size = [], 0
        if examples:
            yield from _answer(run, examples, done)
            done += len(examples)
        if problem is not None:
            raise problem


def _answer(run: SavedRun, examples: list[dict[str, Any]], number: int) -> Iterator[dict[str, Any]]:
    """Yield the answers for one chunk of examples, of which the first is example ``number`` of all."""
    texts = [example["text"] for example in examples]
    pairs = [example["pair"] for example in examples] if run.task.pair else None
    words = _token_offsets(run, examples) if run.task.kind == "token_classification" else None
    try:
        scores = run.score(texts, pairs, words)
    except NoTokensError as error:
        if error.text:
            yield from _answer(run, examples[: error.text], number)
        raise NoTokensError(error.text, f"example {number + error.text} (counted from 0)") from None
    label_fields = _LABEL_FIELDS[run.task.kind]
    added = [label_fields(run.task, *row) for row in zip(scores.logits, scores.predictions, strict=True)]
    if words is not None:
        added = [{"words": places, **labels} for places, labels in zip(words.rows(), added, strict=True)]
    spans = _offsets(run, texts)
    if pairs is not None:
        spans = [first | second for first, second in zip(spans, _offsets(run, pairs, "pair_"), strict=True)]
    for example, labels, places in zip(examples, added, spans, strict=True):
        answer = {**labels, **places}
        given: dict[str, Any] = {}
        for name, value in example.items():
            given[_free_name(name, answer, {**example, **given})] = value
        yield {**given, **answer}


def _free_name(name: str, answer: Mapping[str, Any], taken: Collection[str]) -> str:
    """Return the name under which an answer repeats a field.

    Args:
        name: the field.
        answer: the fields of the answer, which keep their names.
        taken: names of the example, and those given to its fields so far.
    """
    if name != "label" and name not in answer:
        return name
    # The input may be the answers of another run, which have a gold label and a label.
    free = f"given_{name}" if name != "label" or "gold_label" in taken else "gold_label"
    while free in taken or free in answer:
        free = f"given_{free}"
    return free


def _token_offsets(run: SavedRun, examples: Sequence[dict[str, Any]]) -> TokenOffsets:
    """Return the offsets of the given tokens of each text, or of its words."""
    words = run.segmenter.word_rule.words_of([example["text"] for example in examples])
    found = TokenOffsets(words.starts, words.ends, words.bounds).rows()
    given = join_tokens([example.get("tokens", ()) for example in examples])[1].rows()
    return TokenOffsets.of([given[row] if "tokens" in one else found[row] for row, one in enumerate(examples)])


def _offsets(run: SavedRun, texts: Sequence[str], prefix: str = "") -> list[dict[str, Any]]:
    """Return the spans of every text, by their names in an answer."""
    return [offsets(layers, prefix) for layers in layers_of_texts(run.segmenter, texts)]


def _classification(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:

    return {"label": task.labels[int(prediction)], "scores": _by_word(task, softmax(logits.astype(np.float64)))}


def _regression(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:
    # Through its text, which has the fewest digits that restore the float32: 0.7, not 0.699999988079071.
    return {"score": float(str(prediction))}


def _multi_label(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:
    words = [word for word, given in zip(task.labels, prediction, strict=True) if given]
    return {"labels": words, "scores": _by_word(task, expit(logits.astype(np.float64)))}


def _token_classification(task: Task, logits: NDArray[np.float32], prediction: Any) -> dict[str, Any]:
    return {"labels": [None if label < 0 else task.labels[label] for label in prediction.tolist()]}


def _by_word(task: Task, probabilities: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(task.labels, probabilities.round(6).tolist(), strict=True))


_LABEL_FIELDS: dict[TaskKind, Callable[[Task, NDArray[np.float32], Any], dict[str, Any]]] = {
    "classification": _classification,
    "regression": _regression,
    "multi_label": _multi_label,
    "token_classification": _token_classification,
}
"Functions that return the fields of an answer with its labels and scores, from the logits and the prediction."
