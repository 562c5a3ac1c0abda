"""Read the values of examples by which slices divide them: length, coverage, label, and columns of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.run_results import RunPredictions
from spanreg.studies.analyse.split_rows import reads_spans, segmenter_of_run, split_rows
from spanreg.words.base import WordRule

LENGTH, COVERAGE, LABEL = "length", "coverage", "label"
_TEXTS = ("text", "pair")


class ExampleValues:
    """The values of the scored examples of a task, each read when it is first needed.

    ``ExampleValues(arms).of("length")``

    Args:
        arms: all arms of the task. The first finished arm gives the examples; the first that reads spans gives the
            coverage.

    Raises:
        ConfigurationError: the split has no gold labels.
    """

    def __init__(self, arms: Sequence[ArmResult]) -> None:
        self._arms = [arm for arm in arms if arm.runs]
        first = self._arms[0].runs[0]
        if first.predictions is None:
            raise ConfigurationError("the split has no gold labels, so a part of it has no score")
        self._task: Task = first.task
        self.predictions: RunPredictions = first.predictions
        self._known: dict[str, list[Any]] = {}

    @property
    def covered_by(self) -> str:
        """Name of the arm whose spans give the coverage; empty if no arm reads spans."""
        arm = self._first_with_spans()
        return arm.name if arm else ""

    def _first_with_spans(self) -> ArmResult | None:
        return next((arm for arm in self._arms if reads_spans(arm)), None)

    def of(self, name: str) -> list[Any]:
        """Return a value of each example, in the order of the predictions.

        ``length`` is the number of words, ``coverage`` the share of the words in spans of two or more words, ``label``
        the gold label in words; any other name is a column of the data.

        Raises:
            ConfigurationError: the texts can no longer be read, no arm reads spans, or the data lack the column.
        """
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> list[Any]:
        if name == LABEL:
            return [_label(self._task, label) for label in self.predictions.labels]
        if name == LENGTH:
            # One rule for all arms: lengths by the rules of their dictionaries would give them different slices.
            rule = WordRule.by_name("unicode")()
            # ``bounds`` has the first word of each text, and the number of all words at its end.
            return [int(rule.words_of(texts).bounds[-1]) for texts in self._texts()]
        if name == COVERAGE:
            return self._coverage()
        # The rows have the texts already, under names that the source's columns may not have.
        rows = self._rows(() if name in _TEXTS else (name,))
        return _as_numbers([row.get(name) for row in rows])

    def _coverage(self) -> list[float]:
        """Return the share of each example's words that are in spans of two or more words."""
        arm = self._first_with_spans()
        if arm is None:
            raise ConfigurationError("no arm reads spans, so coverage is not defined")
        run = arm.runs[0]
        try:
            # Each fold may have a dictionary of its own; that of the first decides for all, so that slices are one
            # division of the examples.
            segmenter = segmenter_of_run((run.folds or (run,))[0].path).for_split(run.split)
        except (ConfigurationError, OSError, KeyError) as error:
            # A pack, for instance, has no dictionary.
            raise ConfigurationError(f"the spans of '{arm.name}' can no longer be computed") from error
        found = []
        for texts in self._texts():
            spans = [span for own in segment_texts(segmenter, texts) for span in own]
            words = sum(span.words for span in spans)
            found.append(sum(span.words for span in spans if span.words > 1) / max(1, words))
        return found

    def _texts(self) -> list[list[str]]:
        """Return the text of each example, or both texts of a pair."""
        return [[row[side] for side in _TEXTS if side in row] for row in self._rows(())]

    def _rows(self, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return the rows of the data in the order of the predictions."""
        arm = self._arms[0]
        try:
            rows = {int(row["idx"]): row for row in split_rows(arm.runs[0], arm.arm.config, columns)}
            return [rows[int(index)] for index in self.predictions.indices]
        except (OSError, KeyError) as error:
            raise ConfigurationError(f"the examples can no longer be read ({error})") from error


def _label(task: Task, value: Any) -> Any:
    """Return the value of a gold label for slices: a number, or the names of labels."""
    if task.kind == "regression":
        return float(value)
    if task.kind == "classification":
        return task.labels[int(value)]
    if task.kind == "multi_label":
        return ", ".join(word for word, given in zip(task.labels, value, strict=True) if given) or "none"
    # In the order of the task: which labels a sentence has is a property of it, in which order is not.
    present = {int(label) for label in value}
    return " ".join(word for label, word in enumerate(task.labels) if label in present)


def _as_numbers(values: Sequence[Any]) -> list[Any]:
    """Return the values as numbers if all of them are numbers: the columns of a text file are strings."""
    # ``float`` accepts them, but a reader looks for "True" and "False".
    if any(isinstance(value, bool) for value in values):
        return list(values)
    try:
        return [None if value in (None, "") else float(value) for value in values]
    except OverflowError:  # an integer of hundreds of digits
        return [None if value is None else str(value) for value in values]
    except (TypeError, ValueError):
        return list(values)
