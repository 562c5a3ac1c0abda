"""Predictions and segmentations of texts, as lists that notebooks show as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spanreg.text.display import MarkedText, TableView, Viewable

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("label", "labels", "score", "gold_label")
"Keys of an answer that a notebook shows; which of them it has depends on the task."


@dataclass(frozen=True, slots=True)
class Segmentation(Viewable):
    """Spans of one text.

    ``run.segment(["She spilled the beans."])[0].pieces``
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    "Start and end of each span, in characters."
    layers: tuple[tuple[tuple[int, int], ...], ...] = ()
    "All segmentations of the text, if the segmenter gives several; ``spans`` is the first."

    @property
    def pieces(self) -> list[str]:
        """The text of each span: ``["She", "spilled the beans", "."]``."""
        return [self.text[start:end] for start, end in self.spans]

    def _view(self) -> TableView:
        return _view_of([self])


class Segmentations(list[Segmentation], Viewable):
    """Segmentations of several texts, in their order.

    ``run.segment(texts).to_pandas()``
    """

    def to_pandas(self) -> pd.DataFrame:
        """Return one row for each span: ``text`` (number of the text, from 0), ``start``, ``end`` and ``span``.

        ``run.segment(texts).to_pandas()["span"].value_counts()``
        """
        # Imported late, because answers themselves need no pandas.
        import pandas as pd

        rows = [
            (number, start, end, one.text[start:end]) for number, one in enumerate(self) for start, end in one.spans
        ]
        return pd.DataFrame(rows, columns=["text", "start", "end", "span"])

    def _view(self) -> TableView:
        return _view_of(self)


class Predictions(list[dict[str, Any]], Viewable):
    """Answers of a run to several texts, in their order; each is what ``spanreg predict`` prints for the text.

    ``[answer["label"] for answer in run.predict(texts)]``
    """

    def to_pandas(self) -> pd.DataFrame:
        """Return one row for each text, with the probabilities in columns ``scores.LABEL``.

        ``run.predict(texts).to_pandas()[["text", "label"]]``
        """
        import pandas as pd

        rows = [
            {
                **{key: value for key, value in answer.items() if key != "scores"},
                # With a prefix, since a label may have the name of another column.
                **{f"scores.{label}": value for label, value in answer.get("scores", {}).items()},
            }
            for answer in self
        ]
        return pd.DataFrame(rows)

    def _view(self) -> TableView:
        columns = [name for name in _SHOWN if any(name in answer for answer in self)]
        rows = [
            (
                MarkedText(answer["text"], answer["spans"]),
                *(_spell(answer.get(name)) for name in columns),
                _probability_of_label(answer),
            )
            for answer in self
        ]
        return TableView(f"{len(self)} predictions", ("text", *columns, "probability"), rows)


def _view_of(found: Sequence[Segmentation]) -> TableView:
    # A text has a row for each of its segmentations.
    rows = [
        (MarkedText(one.text, layer), len(layer))
        for one in found
        for layer in (one.layers if one.layers else (one.spans,))
    ]
    title = "segmentation" if len(found) == 1 else f"{len(found)} segmentations"
    return TableView(title, ("text", "spans"), rows)


def _spell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _probability_of_label(answer: dict[str, Any]) -> float | None:
    """Return the probability of the predicted label; None for a task without exactly one label."""
    scores = answer.get("scores", {})
    return scores.get(answer["label"]) if "label" in answer else None
