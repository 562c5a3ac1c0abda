"""The files of a GLUE submission: their names, rows and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spanreg.data.glue import DIAGNOSTIC, GLUE_TASKS

HEADER = "index\tprediction"
_PLACEHOLDER = 0
"Constant prediction for tasks without a run: the first label, or the value 0."


@dataclass(frozen=True, slots=True)
class SubmissionFile:
    """A file of a submission: a header, and a line for every example of a test set.

    ``FILES["RTE.tsv"].text(predictions)``
    """

    name: str
    "File name in the archive."
    task: str
    "Task whose runs predict it."
    split: str
    "Split of that task."
    rows: int
    "Number of examples of the test set; their indices start at 0."
    spelt: bool = False
    "Whether predictions are written as label words, not as label ids or real values."

    @property
    def labels(self) -> tuple[str, ...]:
        """The label words in the order of their ids; empty for regression."""
        return GLUE_TASKS[self.task].labels

    def answer(self, prediction: float) -> str:
        """Return a prediction as the leaderboard reads it; a real value is clipped and has three decimals."""
        if self.spelt:
            return self.labels[int(prediction)]
        bounds = GLUE_TASKS[self.task].bounds
        if bounds is None:
            return str(int(prediction))
        return f"{min(max(prediction, bounds[0]), bounds[1]):.3f}"

    def legal(self, prediction: object) -> bool:
        """Return whether a prediction is a label id of the task, or a finite number for regression."""
        # bool is a subclass of int, and true is not a label id.
        if isinstance(prediction, bool) or not isinstance(prediction, int | float):
            return False
        return prediction in range(len(self.labels)) if self.labels else abs(prediction) < float("inf")

    def text(self, predictions: Sequence[float]) -> str:
        """Return the content of the file, for predictions in the order of their indices."""
        lines = [f"{index}\t{self.answer(prediction)}" for index, prediction in enumerate(predictions)]
        return "\n".join([HEADER, *lines]) + "\n"

    def placeholder(self) -> list[float]:
        """Return constant predictions, for a task without a run."""
        return [_PLACEHOLDER] * self.rows


FILES: Mapping[str, SubmissionFile] = {
    file.name: file
    for file in (
        SubmissionFile("CoLA.tsv", "cola", "test", 1063),
        SubmissionFile("SST-2.tsv", "sst2", "test", 1821),
        SubmissionFile("MRPC.tsv", "mrpc", "test", 1725),
        SubmissionFile("STS-B.tsv", "stsb", "test", 1379),
        SubmissionFile("QQP.tsv", "qqp", "test", 390965),
        SubmissionFile("MNLI-m.tsv", "mnli", "test_matched", 9796, spelt=True),
        SubmissionFile("MNLI-mm.tsv", "mnli", "test_mismatched", 9847, spelt=True),
        SubmissionFile("QNLI.tsv", "qnli", "test", 5463, spelt=True),
        SubmissionFile("RTE.tsv", "rte", "test", 3000, spelt=True),
        SubmissionFile("WNLI.tsv", "wnli", "test", 146),
        SubmissionFile("AX.tsv", "mnli", DIAGNOSTIC, 1104, spelt=True),
    )
}
"""Files by name.

Names, header and label words are those that jiant writes, the toolkit of the benchmark's authors (its
``GlueBenchmark`` and each task's ``LABELS``: words for MNLI, QNLI, RTE and the diagnostic set, digits elsewhere, STS-B
rounded to three decimals). The numbers of rows are the hub's ``num_examples`` of ``nyu-mll/glue``."""
