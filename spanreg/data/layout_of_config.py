"""Data layouts of old runs, whose folders have a config and no layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.data.glue import GLUE_TASKS
from spanreg.data.snli import TEXTS
from spanreg.data.sources.layout import DataLayout

# Runs of today record their layout. This list is of the readers that earlier versions had, so it never grows.
_TABLES = ("csv", "tsv", "jsonl", "parquet", "hub")


def layout_of_config(data: Mapping[str, Any] | str) -> DataLayout:
    """Return the layout of a config's data, from its keys alone: no component is constructed.

    Args:
        data: the key ``data`` of a config.
    """
    given: dict[str, Any] = {"type": data} if isinstance(data, str) else dict(data)
    kind = given.get("type")
    if kind in _TABLES:
        pair = given.get("pair")
        return DataLayout(
            texts=(given.get("text", "text"), *([pair] if pair else [])),
            label=given.get("label", "label"),
            label_map=given.get("label_map") or {},
            label_separator=given.get("label_separator", "|"),
            format="" if kind == "hub" else kind,
        )
    if kind == "conll":
        return DataLayout(
            texts=("tokens",),
            word_column=given.get("word", 0),
            label_column=given.get("label", -1),
            scheme=given.get("scheme", "iob2"),
            format="conll",
        )
    if kind == "glue" and given.get("task") in GLUE_TASKS:
        return DataLayout(texts=GLUE_TASKS[given["task"]].texts, index="idx", format="parquet")
    return DataLayout(texts=TEXTS, skip_unknown=True, format="parquet") if kind == "snli" else DataLayout()
