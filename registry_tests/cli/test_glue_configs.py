"""Shipped configs of GLUE's tasks: they train on the real data, with a tiny encoder in place of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.training.runs.reader import finished_run

CONFIGS = Path(__file__).parents[2] / "configs" / "glue"


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a phrase list that replaces the sampled dictionary of the configs."""
    path = tmp_path_factory.mktemp("dictionary") / "phrases.txt"
    path.write_text("of the\nin the\na man\non the other hand\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("arm", ["none", "hierarchical_cnn"])
@pytest.mark.parametrize(("task", "figures"), [("stsb", ["pearson", "spearman"]), ("wnli", ["accuracy"])])
def test_a_shipped_config_trains_a_step_and_reports_its_metrics(
    task: str, figures: list[str], arm: str, dictionary: Path, glue_dir: Path, tmp_path: Path
) -> None:
    settings = {
        "data.path": glue_dir,
        "data.limit": 24,
        "dictionary.path": dictionary,
        "encoder.type": "tiny",
        "aggregator.type": arm,
        "training.max_steps": 1,
    }
    options = [argument for key, value in settings.items() for argument in ("--set", f"{key}={value}")]
    assert main(["train", str(CONFIGS / f"{task}.jsonnet"), "-s", str(tmp_path / "run"), "-q", *options]) == 0
    metrics = finished_run(tmp_path / "run").read("metrics")
    assert list(metrics["splits"]["validation"]) == [*figures, "loss"]
