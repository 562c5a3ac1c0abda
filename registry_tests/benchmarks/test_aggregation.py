"""The aggregator benchmark: its padded rivals, its random spans and its command."""

from __future__ import annotations

import json

import pytest
import torch

from spanreg.aggregators import Aggregator
from spanreg.aggregators.hierarchical_cnn import HierarchicalCnn
from spanreg.aggregators.released_cnn import ReleasedCnn
from spanreg.benchmarks.aggregation import FEWEST_REPEATS, SPAN_LENGTHS, mean_length, random_spans
from spanreg.benchmarks.padded_cnn import PaddedCnn, PaddedReleasedCnn
from spanreg.cli.main import main


def test_the_padded_cnn_equals_the_hierarchical_cnn() -> None:
    torch.manual_seed(0)
    ours, padded = HierarchicalCnn(6).double(), PaddedCnn(6, length=4).double()
    padded.load_state_dict(ours.state_dict())
    span_ids = torch.tensor([[0, 1, 1, 1, 1, 2, 3], [0, 0, 0, 1, -1, -1, -1]])
    tokens = torch.randn(2, 7, 6, dtype=torch.float64)
    found, expected = ours(tokens, span_ids), padded(tokens, span_ids)
    torch.testing.assert_close(found.sequence, expected.sequence, rtol=0, atol=1e-10)
    torch.testing.assert_close(found.spans, expected.spans, rtol=0, atol=1e-10)


@pytest.mark.parametrize("sizes", [{"row": 3, "slots": 3}, {"row": 5, "slots": 9}])
def test_the_padded_released_cnn_equals_the_released_cnn(sizes: dict[str, int]) -> None:
    torch.manual_seed(0)
    ours, padded = ReleasedCnn(6, **sizes).double().eval(), PaddedReleasedCnn(6, **sizes).double().eval()
    padded.load_state_dict(ours.state_dict())
    span_ids = torch.tensor([[0, 1, 1, 1, 1, 2, 3], [0, 0, 0, 1, -1, -1, -1]])
    tokens = torch.randn(2, 7, 6, dtype=torch.float64)
    found, expected = ours(tokens, span_ids), padded(tokens, span_ids)
    torch.testing.assert_close(found.sequence, expected.sequence, rtol=0, atol=1e-10)
    torch.testing.assert_close(found.spans[:, : sizes["slots"]], expected.spans, rtol=0, atol=1e-10)


def test_padded_rivals_are_not_registered() -> None:
    assert all("padded" not in name for name in Aggregator.list_available())


def test_random_spans_partition_the_tokens() -> None:
    torch.manual_seed(0)
    span_ids = random_spans(50, 60)
    assert not span_ids[:, 0].any()
    assert set(span_ids.diff().unique().tolist()) == {0, 1}
    assert max(int(row.bincount().max()) for row in span_ids) == len(SPAN_LENGTHS)
    # SPAN_LENGTHS has a mean of 1.62; the bounds allow for 50 random rows.
    assert 1.55 < mean_length(span_ids) < 1.70


def test_the_command_reports_time_memory_and_arithmetic(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("--aggregator", "mean_pool", "--aggregator", "released_cnn")
    assert main(["bench", "aggregation", "--size", "small", *chosen, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    results = {result["name"]: result for result in report["results"]}
    assert report["about"]["repeats"] == FEWEST_REPEATS == 7
    for name in ("none", "hierarchical_cnn", "mean_pool"):
        assert results[f"{name}: step"]["value"] > 0
    ratio = results["hierarchical_cnn: time of a step against none"]
    assert (ratio["unit"], ratio["goal"]) == ("x", None)
    arithmetic = {name: results[f"{name}: arithmetic of a step"]["value"] for name in ("none", "hierarchical_cnn")}
    assert ratio["floor"] == pytest.approx(arithmetic["hierarchical_cnn"] / arithmetic["none"], abs=0.01)
    assert ratio["floor"] > 1
    assert results["hierarchical_cnn: memory of a step"]["value"] > results["none: memory of a step"]["value"]
    assert results["hierarchical_cnn: its own time in a step"]["value"] > 0
    assert results["hierarchical_cnn against its padded form: time of a step"]["value"] > 0
    own_time = results["released_cnn against its padded form: its own time"]
    assert (own_time["unit"], own_time["goal"]) == ("x", "<= 0.5")
    assert results["released_cnn with twice the slots: memory of a step against released_cnn"]["value"] == 1.0
