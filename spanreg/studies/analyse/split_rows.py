"""Read the examples of a scored split again: texts, columns, and the segmenter that makes their spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import ConfigurationError, Params, stand_in
from spanreg.segmenters.base import Segmenter
from spanreg.storage import in_directory_of
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.define.folds import config_of_run
from spanreg.studies.define.inputs import reader_of
from spanreg.studies.define.neutral import neutral_of
from spanreg.studies.execute.folder import StudyReader
from spanreg.training.runs.attachments import located_attachments
from spanreg.training.runs.reader import RunReader, loading


def split_rows(result: RunResult, config: Mapping[str, Any], columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the rows of the scored split: from a pack, otherwise from the data, which must be unchanged.

    Args:
        result: a run.
        config: the config of its arm.
        columns: columns of the source to add to the rows.

    Raises:
        ConfigurationError: the data cannot be read, have changed, or lack a column; a pack has no columns.
    """
    # Each fold has a split of its own, so the rows of a joined result are those of all folds.
    parts = result.folds or (result,)
    recorded = [one.data.get(result.split, {}).get("fingerprint") for one in parts]
    folder = StudyReader(result.path.parents[1])
    packed = [folder.texts(str(fingerprint)) for fingerprint in recorded]
    if all(rows is not None for rows in packed):
        if columns:
            raise ConfigurationError("a pack has texts only", hint="name the folder of the study")
        return [row for rows in packed for row in rows or ()]
    with in_directory_of(folder.path, folder.read().directory):
        rows: list[dict[str, Any]] = []
        for one, fingerprint in zip(parts, recorded, strict=True):
            reader = reader_of(config_of_run(config, one.run.seed, one.run.fold), {result.split: fingerprint})
            # Texts of changed data would belong to other predictions.
            if fingerprint is not None and reader.fingerprint(result.split) != fingerprint:
                raise ConfigurationError(f"the split '{result.split}' has changed since the run")
            added = _columns(reader, result.split, columns)
            rows += [{**added.get(int(row["idx"]), {}), **row} for row in reader.read(result.split).to_list()]
    return rows


def _columns(reader: Any, split: str, columns: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Return the values of columns of the source by ``idx``: the reader itself keeps only texts and labels."""
    if not columns:
        return {}
    indices = map(int, reader.read_all(split)["idx"])
    values = zip(*(reader.column(split, name) for name in columns), strict=True)
    return {index: dict(zip(columns, own, strict=True)) for index, own in zip(indices, values, strict=True)}


def reads_spans(arm: ArmResult) -> bool:
    """Return whether the arm's model depends on spans: it has an aggregator, and one that reads them."""
    config = arm.arm.config.get("aggregator")
    name = config.get("type") if isinstance(config, dict) else config
    if name in (None, neutral_of("aggregator")):
        return False
    # A stand-in knows the registered names without an import of torch, which would take most of a report's time.
    base: Any = stand_in("spanreg.aggregators.base", "Aggregator")
    # Looking for the package of an unknown name would read every Python file of the working directory.
    if "." not in name and name not in base.list_available():
        return True  # the default of ``Aggregator.reads_spans``, as for all classes that cannot be asked
    try:
        found, _ = base.find(name)
    except ConfigurationError:  # a component of a package that is not included in this process
        return True
    return bool(getattr(found, "reads_spans", True))


def segmenter_of_run(path: Path) -> Segmenter:
    """Return the segmenter of a finished run, built from its folder alone."""
    run = RunReader(path)
    # Verified first, since the files below are read by path and not through the reader.
    run.verify("dictionary.parquet", "dictionaries", "files")
    with loading(path / "inference.json"):
        config = located_attachments(run.read("inference")["segmenter"], path)
        file = run.dictionary
        dictionary = SpanDictionary.by_name("file")(path=str(file.absolute())) if file.exists() else None
        segmenter: Segmenter = Segmenter.from_params(Params(config, history="segmenter."), dictionary=dictionary)
    return segmenter
