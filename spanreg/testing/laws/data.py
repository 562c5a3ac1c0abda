"""Laws of dataset readers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from spanreg.data.reading.contract import columns_of
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError
from spanreg.testing.common import variations
from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{}]

ORDER = ("train", "validation", "test")
"Order of the splits, and of variants whose names begin with these."

NO_SPLIT = "a_split_that_does_not_exist"


def the_task_is_well_formed(subject: ComponentCase) -> None:
    """``task`` has a name, unique labels unless it is a regression, and registered metrics."""
    task = subject.make().task
    labels = task.labels
    require(bool(task.name), "the task has no name")
    require((task.kind == "regression") == (not labels), f"a {task.kind} has the labels {labels}")
    require(len(set(labels)) == len(labels), f"{labels} has duplicates")
    names = [config["type"] if isinstance(config, Mapping) else config for config in task.metrics]
    unknown = [name for name in names if name not in Metric.list_available()]
    require(bool(task.metrics) and not unknown, f"the metrics {task.metrics} are not all registered")


def splits_are_in_order(subject: ComponentCase) -> None:
    """There is at least one split; all are in the order train, validation, test, and can be read."""
    reader = subject.make()
    splits = list(reader.splits())
    require(bool(splits), "there are no splits")
    require(len(set(splits)) == len(splits), f"{splits} has duplicates")
    # A split may be a variant of one of the three, such as validation_matched.
    ranks = [next((rank for rank, name in enumerate(ORDER) if one.startswith(name)), len(ORDER)) for one in splits]
    require(ranks == sorted(ranks), f"the splits are {', '.join(splits)}, not in the order {', '.join(ORDER)}")
    for split in splits:
        reader.read(split)


def columns_are_the_shared_ones(subject: ComponentCase) -> None:
    """Every split has ``text``, ``pair`` only for pairs, ``label`` and ``idx``, with the types of the kind of task."""
    reader = subject.make()
    wanted = columns_of(reader.task)
    for split in reader.splits():
        features = reader.read(split).features
        missing = [name for name in wanted if name not in features]
        require(not missing, f"{split} lacks the columns {', '.join(missing)}")
        require(
            reader.task.pair or "pair" not in features, f"{split} has the column pair, but the task is on single texts"
        )
        for name, kind in wanted.items():
            # The large types differ only in the width of their offsets, and Arrow's versions in the name of list items.
            found = str(features.arrow_schema.field(name).type).removeprefix("large_").replace("item: ", "")
            require(found == kind, f"column {name!r} of {split} has type {found}, not {kind}")


def labels_are_in_range(subject: ComponentCase) -> None:
    """Label ids are in range, or -1 if unknown; the training set has no unknown labels."""
    reader = subject.make()
    count = len(reader.task.labels)
    for split in reader.splits():
        labels = list(reader.read(split)["label"])
        # Several labels of a text, or one of each token.
        labels = list(chain.from_iterable(labels)) if labels and isinstance(labels[0], list) else labels
        if reader.task.kind != "regression":
            wrong = sorted({label for label in labels if not -1 <= label < count})
            require(not wrong, f"{split} has the label ids {wrong}, but the task has {count} labels")
            require(split != "train" or -1 not in labels, "some examples of train have no label")


def examples_are_numbered(subject: ComponentCase) -> None:
    """``idx`` is unique within a split, and no text is missing."""
    reader = subject.make()
    for split in reader.splits():
        dataset = reader.read(split)
        duplicates = len(dataset) - len(set(dataset["idx"]))
        require(not duplicates, f"{duplicates} examples of {split} have the idx of another one")
        require(None not in dataset["text"], f"a text of {split} is missing")


def unknown_splits_are_rejected(subject: ComponentCase) -> None:
    """Reading a split that does not exist raises ``ConfigurationError``."""
    try:
        subject.make().read(NO_SPLIT)
    except ConfigurationError:
        return
    require(False, f"read({NO_SPLIT!r}) does not raise a ConfigurationError")


def fingerprints_are_those_of_the_content(subject: ComponentCase) -> None:
    """Equal content has equal fingerprints, at every reading; other content has another fingerprint."""
    reader, again = subject.make(), subject.make()
    for split in reader.splits():
        own = reader.fingerprint(split)
        require(own == reader.fingerprint(split), f"the fingerprint of {split} differs the second time")
        require(
            own == again.fingerprint(split), f"a second reader of the same config has another fingerprint of {split}"
        )
    split = next(iter(reader.splits()))
    for name, value, other in variations(subject):
        if _rows(other, split) not in (None, _rows(reader, split)):
            is_detected = other.fingerprint(split) != reader.fingerprint(split)
            require(is_detected, f"{name} = {value!r} changes {split}, but not its fingerprint")


def _rows(reader: Any, split: str) -> list[Any] | None:
    """Return all rows of a split; None if the reader does not have it."""
    try:
        rows: list[Any] | None = reader.read(split).to_list() if split in reader.splits() else None
    except ConfigurationError:
        return None
    return rows


LAWS: list[Law] = [
    the_task_is_well_formed,
    splits_are_in_order,
    columns_are_the_shared_ones,
    labels_are_in_range,
    examples_are_numbered,
    unknown_splits_are_rejected,
    fingerprints_are_those_of_the_content,
]

FORM: list[Law] = [the_task_is_well_formed, columns_are_the_shared_ones]
