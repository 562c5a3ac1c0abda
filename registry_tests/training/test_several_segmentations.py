"""Runs with several segmentations: learned weights, and predictions from the run folder alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

TWO_SEGMENTATIONS = {"type": "multi", "segmenters": ["max_match", {"type": "fixed", "words": 2}]}


def test_a_run_learns_and_reports_the_weights_of_two_segmentations(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    config = make_config(
        segmenter=TWO_SEGMENTATIONS, aggregator={"type": "multi_granularity", "aggregator": "mean_pool"}
    )
    metrics = train(Params(config), tmp_path / "run")
    weights = metrics["learned"]["weights"]
    assert len(weights) == 2
    assert sum(weights) == pytest.approx(1)
    assert weights != [0.5, 0.5]  # where they start
    recorded = json.loads((tmp_path / "run" / "data.json").read_text())["train"]
    assert recorded["layers"][0] == recorded["spans"]
    assert set(recorded["layers"][1]["span_lengths"]) == {"1", "2"}
    run = SavedRun((tmp_path / "run").rename(tmp_path / "moved"))
    assert run.model.aggregator.learned() == metrics["learned"]
    (answer,) = predict(run, [['{"text": "the red fox saw"}']], "stdin")
    assert answer["layers"] == [answer["spans"], [[0, 7], [8, 15]]]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (
            {"segmenter": TWO_SEGMENTATIONS},
            "aggregator: takes one segmentation, and the segmenter 'multi' returns several",
        ),
        (
            {"aggregator": "multi_granularity"},
            "aggregator: weights several segmentations, and the segmenter 'max_match' returns one",
        ),
    ],
)
def test_parts_that_do_not_fit_are_rejected_before_the_data_are_read(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, parts: dict[str, Any], problem: str
) -> None:
    parts["data"] = {"type": "glue", "task": "mrpc", "path": str(tmp_path / "none")}
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config(**parts)), tmp_path / "run")
    assert str(caught.value).startswith(problem)
    assert not (tmp_path / "run").exists()
