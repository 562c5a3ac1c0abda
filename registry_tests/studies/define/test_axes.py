"""The combinations of alternatives that each mode of a study makes of its axes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.studies.define.axes import Axis, Mode, cells, count_cells, names_of, read_axes
from spanreg.studies.define.patches import ConfigChange

TWO_AXES = {"aggregator": ["none", {"type": "flat_cnn"}], "segmenter": {"cut": {"type": "fixed"}, "all": "whole"}}


def cell_names(axes: Any, mode: Mode) -> list[str]:
    """Return the names of the combinations that a mode makes of the axes of a study file."""
    return [cell.name for cell in cells(read_axes(axes), mode)]


def test_one_at_a_time_varies_each_axis_alone() -> None:
    assert cell_names(TWO_AXES, "one_at_a_time") == [
        "aggregator=none",
        "aggregator=flat_cnn",
        "segmenter=cut",
        "segmenter=all",
    ]


def test_a_grid_combines_all_alternatives() -> None:
    assert cell_names(TWO_AXES, "grid") == [
        "aggregator=none,segmenter=cut",
        "aggregator=none,segmenter=all",
        "aggregator=flat_cnn,segmenter=cut",
        "aggregator=flat_cnn,segmenter=all",
    ]


def test_pairs_have_all_single_changes_and_all_pairs_of_axes() -> None:
    three_axes = {**TWO_AXES, "training.epochs": [1]}
    expected = [
        *cell_names(three_axes, "one_at_a_time"),
        *cell_names(TWO_AXES, "grid"),
        *[f"aggregator={name},training.epochs=1" for name in ("none", "flat_cnn")],
        *[f"segmenter={name},training.epochs=1" for name in ("cut", "all")],
    ]
    assert cell_names(three_axes, "pairs") == expected


@pytest.mark.parametrize("axes", [TWO_AXES, list(TWO_AXES)])
def test_adding_and_leaving_out_use_the_neutral_element_of_each_axis(axes: Any) -> None:
    changes = {
        cell.name: {piece.at: piece.value for piece in cell.pieces} for cell in cells(read_axes(axes), "add_one")
    }
    none, single = {"type": "none"}, {"type": "single"}
    assert changes == {
        "nothing": {"aggregator": none, "segmenter": single},
        "only aggregator": {"segmenter": single},
        "only segmenter": {"aggregator": none},
    }
    assert cell_names(axes, "leave_one_out") == ["without aggregator", "without segmenter"]


@given(st.lists(st.integers(1, 4), max_size=4), st.sampled_from(["one_at_a_time", "grid", "pairs"]))
def test_the_count_of_cells_equals_their_number(sizes: list[int], mode: Mode) -> None:
    axes = [
        Axis(str(key), {str(value): ConfigChange("", str(key), value) for value in range(size)})
        for key, size in enumerate(sizes)
    ]
    names = [cell.name for cell in cells(axes, mode)] if axes else []
    assert len(names) == count_cells(axes, mode)
    assert len(set(names)) == len(names)


def test_components_with_different_nested_keys_have_different_names() -> None:
    def filtered_dictionary(count: int, **more: Any) -> dict[str, Any]:
        return {"type": "filtered", "dictionary": {"type": "ngram", "min_count": count}, **more}

    assert names_of([filtered_dictionary(5), filtered_dictionary(50), filtered_dictionary(5, max_n=2), "none"]) == [
        "filtered(dictionary=ngram(min_count=5))",
        "filtered(dictionary=ngram(min_count=50))",
        "filtered(dictionary=ngram,max_n=2)",
        "none",
    ]


def test_the_names_of_listed_alternatives_are_short_and_unique() -> None:
    values = [3, 0.5, True, "none", {"type": "a"}, {"type": "b", "x": 1}, {"type": "b", "x": 2, "y": {"type": "c"}}]
    assert names_of(values) == ["3", "0.5", "true", "none", "a", "b(x=1)", "b(x=2,y=c)"]


@pytest.mark.parametrize(
    ("axes", "mode", "path", "text"),
    [
        ({"aggregator": []}, "grid", "axes.aggregator", "expected a non-empty list or object"),
        ({"aggregator": "none"}, "grid", "axes.aggregator", "expected a non-empty list or object"),
        (["aggregator"], "grid", "axes.aggregator", "the mode 'grid' chooses among them"),
        ({"training.epochs": [1, 2, 1]}, "grid", "axes.training.epochs.2", "the alternative '1' is given twice"),
        (["training.epochs"], "leave_one_out", "axes.training.epochs", "has no neutral element"),
        (["agregator"], "add_one", "axes.agregator", "'agregator' has no neutral element"),
    ],
)
def test_invalid_axes_are_reported_at_their_key(axes: Any, mode: Mode, path: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        list(cells(read_axes(axes), mode))
    assert raised.value.problems[0].path == path
    assert text in str(raised.value)
