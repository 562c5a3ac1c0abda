"""F1 of chunks: labelled tokens that belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError, Runtime

_TAG = re.compile(r"O|[BI]-.+")


@Metric.register("chunk_f1")
class ChunkF1(Metric):
    """Precision, recall and F1 of whole chunks, as CoNLL's shared tasks judge them; registered as ``chunk_f1``.

    A chunk is right if it begins, ends and is called as a gold one. Predictions need not be sound: by CoNLL's rule an
    ``I-NP`` that follows no noun phrase begins one. Gives ``f1``, ``precision`` and ``recall`` over all chunks of all
    types, and ``accuracy``, the share of the tokens whose label is right; from 0 to 1, and 0 where nothing is to be
    divided by. A token that got no label lies in no chunk, and is wrong.

    The figures are those of seqeval's default mode, which a test compares with. It is not depended on, since it has had
    no release since 2020 and comes as source alone.

    Parameters:
        label_words: ``O``, ``B-`` and ``I-`` with types, in the order of the ids.

    Raises:
        ConfigurationError: other label words.
    """

    figures = ("f1", "precision", "recall", "accuracy")
    kinds: ClassVar[tuple[TaskKind, ...]] = ("token_classification",)

    def __init__(self, label_words: Runtime[tuple[str, ...]]) -> None:
        strange = next((word for word in label_words if not _TAG.fullmatch(word)), None)
        if strange is not None:
            raise ConfigurationError(
                f"the label {strange!r} marks no chunk",
                path="metrics",
                hint="chunk_f1 is for labels O, B-type and I-type; take 'accuracy' for others",
            )
        types = sorted({word[2:] for word in label_words} - {""})
        # One more in the end, for -1: outside, like O.
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

    def counts(self, predictions: Sequence[Any], labels: Sequence[Any]) -> NDArray[np.int64]:
        """What each example adds to the figures, shape: (examples, 5).

        Chunks that are right, chunks predicted, gold chunks, tokens whose label is right, and tokens.
        """
        found, gold = self._chunks(predictions), self._chunks(labels)
        right = np.intersect1d(found, gold, assume_unique=True)
        tokens = np.array([len(row) for row in labels], np.int64)
        same = [int((one == other).sum()) for one, other in zip(predictions, labels, strict=True)]
        # Each chunk's number begins with its place, and the examples stand end to end, one place apart.
        unit = (int(tokens.sum()) + len(tokens) + 1) * len(self._types)
        ends = np.cumsum(tokens + 1)
        per_example = [
            np.bincount(np.searchsorted(ends, chunks // unit, side="right"), minlength=len(tokens))
            for chunks in (right, found, gold)
        ]
        return np.stack([*per_example, np.array(same, np.int64), tokens], 1)

    def _chunks(self, rows: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """One number for each chunk: begin, length and type, with all examples end to end, one place apart."""
        ids = np.concatenate([part for row in rows for part in (np.asarray(row, np.int64), [-1])])
        types = self._types[ids]
        before = np.append(-1, types[:-1])
        inside = types >= 0
        begins = inside & (self._begins[ids] | (types != before))
        edges = np.flatnonzero(begins | ~inside)  # a chunk reaches to the next beginning, or to the next outside
        firsts = begins[edges]
        lengths = np.diff(np.append(edges, len(ids)))[firsts]
        starts = edges[firsts]
        chunks: NDArray[np.int64] = (starts * (len(ids) + 1) + lengths) * len(self._types) + types[starts]
        return chunks
