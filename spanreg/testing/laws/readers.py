"""Laws of the dataset readers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import pyarrow as pa

from spanreg.data.reading.contract import columns_of
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError
from spanreg.testing.common import variations
from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]

ORDER = ("train", "validation", "test")
NO_SPLIT = "a_split_that_nobody_has"


def the_task_is_well_formed(subject: Subject) -> None:
    """``task`` has labels as its kind asks for, each once, and registered metrics."""
    task = subject.make().task
    labels = task.labels
    hold(bool(task.name), "the task has no name")
    hold((task.kind == "regression") == (not labels), f"a {task.kind} has the labels {labels}")
    hold(len(set(labels)) == len(labels), f"a label stands twice in {labels}")
    names = [config["type"] if isinstance(config, Mapping) else config for config in task.metrics]
    unknown = [name for name in names if name not in Metric.list_available()]
    hold(bool(task.metrics) and not unknown, f"the metrics {task.metrics} are not all registered")


def splits_stand_in_order(subject: Subject) -> None:
    """``splits`` names at least one, in the order train, validation, test, and each can be read."""
    reader = subject.make()
    splits = list(reader.splits())
    hold(bool(splits), "there are no splits")
    hold(len(set(splits)) == len(splits), f"a split stands twice in {splits}")
    ranks = [next((rank for rank, name in enumerate(ORDER) if one.startswith(name)), len(ORDER)) for one in splits]
    hold(ranks == sorted(ranks), f"the splits are {', '.join(splits)}, not in the order {', '.join(ORDER)}")
    for split in splits:
        reader.read(split)


def columns_are_the_shared_ones(subject: Subject) -> None:
    """Every split has ``text``, ``pair`` for pairs alone, ``label`` and ``idx``, of the types of its kind of task."""
    reader = subject.make()
    wanted = columns_of(reader.task)
    for split in reader.splits():
        features = reader.read(split).features
        missing = [name for name in wanted if name not in features]
        hold(not missing, f"{split} lacks the columns {', '.join(missing)}")
        hold(
            reader.task.pair or "pair" not in features, f"{split} has the column pair, and the task is on single texts"
        )
        for name, kind in wanted.items():
            found = _kind(features.arrow_schema.field(name).type)
            hold(found == kind, f"column {name!r} of {split} is of {found}, not of {kind}")


def _kind(kind: pa.DataType) -> str:
    return "string" if pa.types.is_large_string(kind) else str(kind).replace("item: ", "")


def labels_are_in_range(subject: Subject) -> None:
    """Label ids are those of the task's words, or -1 where unknown; what is to be trained on has all of them."""
    reader = subject.make()
    count = len(reader.task.labels)
    for split in reader.splits():
        labels = list(reader.read(split)["label"])
        labels = list(chain.from_iterable(labels)) if isinstance(labels[0], list) else labels
        if reader.task.kind != "regression":
            wrong = sorted({label for label in labels if not -1 <= label < count})
            hold(not wrong, f"{split} has the label ids {wrong}, and there are {count} labels")
            hold(split != "train" or -1 not in labels, "some examples of train have no label")


def examples_are_numbered(subject: Subject) -> None:
    """``idx`` is different for each example of a split, and texts are not missing."""
    reader = subject.make()
    for split in reader.splits():
        dataset = reader.read(split)
        twice = len(dataset) - len(set(dataset["idx"]))
        hold(not twice, f"{twice} examples of {split} have the idx of another one")
        hold(None not in dataset["text"], f"some text of {split} is missing")


def unknown_splits_are_refused(subject: Subject) -> None:
    """A split that is not there is the user's mistake, and told as one."""
    try:
        subject.make().read(NO_SPLIT)
    except ConfigurationError:
        return
    hold(False, f"read({NO_SPLIT!r}) gives something, and should raise a ConfigurationError")


def fingerprints_are_those_of_the_content(subject: Subject) -> None:
    """One content, one fingerprint, however often it is read; other content, another one."""
    reader, again = subject.make(), subject.make()
    for split in reader.splits():
        own = reader.fingerprint(split)
        hold(own == reader.fingerprint(split), f"the fingerprint of {split} is another one the second time")
        hold(own == again.fingerprint(split), f"a second reader of the same config has another fingerprint of {split}")
    split = next(iter(reader.splits()))
    for name, value, other in variations(subject):
        if _rows(other, split) not in (None, _rows(reader, split)):
            told = other.fingerprint(split) != reader.fingerprint(split)
            hold(told, f"with {name} = {value!r} {split} is another one, but its fingerprint is the same")


def _rows(reader: Any, split: str) -> list[Any] | None:
    """All rows of a split; None where this reader has none such."""
    try:
        rows: list[Any] | None = reader.read(split).to_list() if split in reader.splits() else None
    except ConfigurationError:
        return None
    return rows


LAWS: list[Law] = [
    the_task_is_well_formed,
    splits_stand_in_order,
    columns_are_the_shared_ones,
    labels_are_in_range,
    examples_are_numbered,
    unknown_splits_are_refused,
    fingerprints_are_those_of_the_content,
]

FORM: list[Law] = [the_task_is_well_formed, columns_are_the_shared_ones]
