"""Print metrics of evaluated splits as a table."""

from __future__ import annotations

from collections.abc import Mapping

from spanreg.cli.rendering.output import print_table


def print_metrics(splits: Mapping[str, Mapping[str, float]]) -> None:
    """Print a table with one row per split and one column per metric."""
    names = list(dict.fromkeys(name for figures in splits.values() for name in figures))
    rows = [[split, *(figures.get(name) for name in names)] for split, figures in splits.items()]
    print_table(["split", *names], rows)
