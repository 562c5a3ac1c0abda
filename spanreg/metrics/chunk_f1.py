"""F1 of chunks: labelled tokens that belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric
from spanreg.metrics.sums import AdditiveScore, Floats, f1_of, ratio_of
from spanreg.registry import ConfigurationError, Runtime

_TAG = re.compile(r"O|[BI]-.+")

_FIGURES: dict[str, Callable[[Floats], Floats]] = {
    "f1": f1_of,
    "precision": ratio_of(0, 1),
    "recall": ratio_of(0, 2),
    "accuracy": ratio_of(3, 4),
}
"Figures as functions of the sums of ``ChunkF1.counts``."


@Metric.register("chunk_f1")
class ChunkF1(Metric):
    """Precision, recall and F1 of whole chunks, as in CoNLL's shared tasks; registered as ``chunk_f1``.

    A chunk is right if its first token, last token and type equal those of a gold chunk. Predicted labels may be
    inconsistent: by CoNLL's rule, an ``I-NP`` that follows no noun phrase begins one. Returns ``f1``, ``precision`` and
    ``recall`` over the chunks of all types, and ``accuracy``, the share of right token labels; from 0 to 1, and 0 where
    there is nothing to divide by: ``metrics: ['chunk_f1']``. A token without a prediction is outside all chunks, and
    wrong.

    The figures equal those of seqeval's default mode; a test compares both. seqeval is not a dependency, since its last
    release, of 2020, has no wheel.

    Parameters:
        label_words: label words in the order of their ids: ``O``, and ``B-`` and ``I-`` with types.

    Raises:
        ConfigurationError: a label word has another form.
    """

    figures = ("f1", "precision", "recall", "accuracy")
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("token_classification",)

    def __init__(self, label_words: Runtime[tuple[str, ...]]) -> None:
        unknown = next((word for word in label_words if not _TAG.fullmatch(word)), None)
        if unknown is not None:
            raise ConfigurationError(
                f"the label {unknown!r} marks no chunk",
                hint="chunk_f1 is for labels O, B-type and I-type; use 'accuracy' for others",
            )
        types = sorted({word[2:] for word in label_words} - {""})
        # The last entry is for -1, a token without a prediction: outside, like O.
        self._types = np.array([types.index(word[2:]) if word[2:] else -1 for word in label_words] + [-1])
        self._begins = np.array([word.startswith("B-") for word in label_words] + [False])

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        right, found, gold, same, tokens = self.counts(predictions, labels).sum(0).tolist()
        return {
            "f1": 2 * right / max(found + gold, 1),
            "precision": right / max(found, 1),
            "recall": right / max(gold, 1),
            "accuracy": same / max(tokens, 1),
        }

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        return AdditiveScore(self.counts(predictions, labels).astype(np.float64), _FIGURES[figure])

    def counts(self, predictions: Sequence[Any], labels: Sequence[Any]) -> NDArray[np.int64]:
        """Return what each example adds to the figures, shape: (examples, 5).

        The columns are right chunks, predicted chunks, gold chunks, right tokens, and tokens.
        """
        # Both sides have the same number of tokens in each example, so equal chunks have equal numbers.
        found, gold = self._chunks(predictions), self._chunks(labels)
        right = np.intersect1d(found, gold, assume_unique=True)
        tokens = np.array([len(row) for row in labels], np.int64)
        same = [int((one == other).sum()) for one, other in zip(predictions, labels, strict=True)]
        # A chunk's number starts with the position of its first token, and examples are laid end to end, one position
        # apart, so the example is found by division.
        unit = (int(tokens.sum()) + len(tokens) + 1) * len(self._types)
        ends = np.cumsum(tokens + 1)
        per_example = [
            np.bincount(np.searchsorted(ends, chunks // unit, side="right"), minlength=len(tokens))
            for chunks in (right, found, gold)
        ]
        return np.stack([*per_example, np.array(same, np.int64), tokens], 1)

    def _chunks(self, rows: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Return one number per chunk, from its first token, length and type; examples are one position apart."""
        ids = np.concatenate([part for row in rows for part in (np.asarray(row, np.int64), [-1])])
        types = self._types[ids]
        before = np.append(-1, types[:-1])
        inside = types >= 0
        begins = inside & (self._begins[ids] | (types != before))
        # The -1 after each example is outside, so that no chunk crosses into the next example.
        edges = np.flatnonzero(begins | ~inside)  # a chunk reaches to the next beginning, or to the next outside
        firsts = begins[edges]
        lengths = np.diff(np.append(edges, len(ids)))[firsts]
        starts = edges[firsts]
        chunks: NDArray[np.int64] = (starts * (len(ids) + 1) + lengths) * len(self._types) + types[starts]
        return chunks
