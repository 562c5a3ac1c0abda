"""Which combinations a mode asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.studies.define.axes import Axis, Mode, cells, count_cells, names_of, read_axes
from spanreg.studies.define.patches import ConfigChange

TWO = {"aggregator": ["none", {"type": "flat_cnn"}], "segmenter": {"cut": {"type": "fixed"}, "all": "whole"}}


def made(axes: Any, mode: Mode) -> list[str]:
    return [cell.name for cell in cells(read_axes(axes), mode)]


def test_one_at_a_time() -> None:
    assert made(TWO, "one_at_a_time") == [
        "aggregator=none",
        "aggregator=flat_cnn",
        "segmenter=cut",
        "segmenter=all",
    ]


def test_grid() -> None:
    assert made(TWO, "grid") == [
        "aggregator=none,segmenter=cut",
        "aggregator=none,segmenter=all",
        "aggregator=flat_cnn,segmenter=cut",
        "aggregator=flat_cnn,segmenter=all",
    ]


def test_pairs_are_all_single_ones_and_all_of_two_axes() -> None:
    three = {**TWO, "training.epochs": [1]}
    expected = [
        *made(three, "one_at_a_time"),
        *made(TWO, "grid"),
        *[f"aggregator={name},training.epochs=1" for name in ("none", "flat_cnn")],
        *[f"segmenter={name},training.epochs=1" for name in ("cut", "all")],
    ]
    assert made(three, "pairs") == expected


@pytest.mark.parametrize("axes", [TWO, list(TWO)])
def test_leaving_out_needs_nothing_written_by_hand(axes: Any) -> None:
    found = {cell.name: {piece.at: piece.value for piece in cell.pieces} for cell in cells(read_axes(axes), "add_one")}
    none, single = {"type": "none"}, {"type": "single"}
    assert found == {
        "nothing": {"aggregator": none, "segmenter": single},
        "only aggregator": {"segmenter": single},
        "only segmenter": {"aggregator": none},
    }
    assert made(axes, "leave_one_out") == ["without aggregator", "without segmenter"]


@given(st.lists(st.integers(1, 4), max_size=4), st.sampled_from(["one_at_a_time", "grid", "pairs"]))
def test_counting_equals_making(sizes: list[int], mode: Mode) -> None:
    axes = [
        Axis(str(key), {str(value): ConfigChange("", str(key), value) for value in range(size)})
        for key, size in enumerate(sizes)
    ]
    names = [cell.name for cell in cells(axes, mode)] if axes else []
    assert len(names) == count_cells(axes, mode)
    assert len(set(names)) == len(names)


def test_components_that_differ_deep_inside_have_names_of_their_own() -> None:
    def filtered(count: int, **more: Any) -> dict[str, Any]:
        return {"type": "filtered", "dictionary": {"type": "ngram", "min_count": count}, **more}

    assert names_of([filtered(5), filtered(50), filtered(5, max_n=2), "none"]) == [
        "filtered(dictionary=ngram(min_count=5))",
        "filtered(dictionary=ngram(min_count=50))",
        "filtered(dictionary=ngram,max_n=2)",
        "none",
    ]


def test_names_of_a_list() -> None:
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
def test_mistakes(axes: Any, mode: Mode, path: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        list(cells(read_axes(axes), mode))
    assert raised.value.problems[0].path == path
    assert text in str(raised.value)
