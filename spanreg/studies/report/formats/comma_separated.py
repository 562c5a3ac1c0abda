"""Write a report as CSV: one line per run."""

from __future__ import annotations

import csv
import io
from typing import Any

from spanreg.studies.report.formats.page import finite
from spanreg.text.markup import csv_cell


def comma_separated(facts: dict[str, Any]) -> str:
    """Return one line per run with its figures, as CSV; no cell is a formula.

    ``score`` is the compared figure on ``part`` of the split's examples; the columns after it are figures of the whole
    split, and named so if the part is not the whole.
    """
    names = list(dict.fromkeys(name for arm in facts["arms"] for name in arm["figures"]))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    whole = names if facts["part"] == "all" else [f"{name} (whole split)" for name in names]
    head = ["arm", "task", "seed", "split", "part", "examples", "metric", "score", *whole, "parameters"]
    writer.writerow(map(csv_cell, head))
    for arm in facts["arms"]:
        for index, (seed, score) in enumerate(zip(arm["seeds"], arm["scores"], strict=True)):
            figures = [arm["figures"].get(name, [None] * len(arm["seeds"]))[index] for name in names]
            scored = [arm["split"], facts["part"], arm["examples"], arm["metric"]]
            row = [arm["name"], arm["task"], seed, *scored, score, *figures, arm["parameters"]]
            writer.writerow("" if cell is None else csv_cell(cell) for cell in finite(row))
    return stream.getvalue()
