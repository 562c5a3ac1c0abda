"""The effect of selecting seed and checkpoint: equal to a slow loop, and shown in the reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from spanreg.cli.main import main
from spanreg.data.base import Task
from spanreg.data.reading.division import in_share
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.selection import SelectionEffect, selection_effects
from spanreg.studies.execute.folder import StudyReader
from spanreg.training.runs.layout import EVALUATION_SUFFIXES

GOLD = np.random.default_rng(0).integers(2, size=120)
STEPS = (5, 10, 15)
ARMS = {"plain": 0.4, "spans": 0.3}
"Share of wrong predictions by arm."
Predictions = dict[tuple[str, int, int], list[int]]
"Predictions by arm, seed and step."


def noisy(wrong: float, *seed: int) -> list[int]:
    """Return the gold labels with a share of wrong ones."""
    flipped = np.random.default_rng(seed).random(GOLD.size) < wrong
    return np.where(flipped, 1 - GOLD, GOLD).tolist()


@pytest.fixture
def evaluated_study(make_study: Callable[..., Path]) -> tuple[Path, Predictions]:
    """Return a study of two arms under three seeds with three evaluations each, and all of their predictions."""
    predictions_of = {
        (arm, seed, step): noisy(wrong, place, seed, step)
        for place, (arm, wrong) in enumerate(ARMS.items())
        for seed in (1, 2, 3)
        for step in STEPS
    }
    folder = make_study(
        {arm: {seed: predictions_of[arm, seed, STEPS[-1]] for seed in (1, 2, 3)} for arm in ARMS}, GOLD.tolist()
    )
    for (arm, seed, step), predictions in predictions_of.items():
        run = folder / "runs" / f"{arm}-{seed}"
        (run / "evaluations").mkdir(exist_ok=True)
        lines = "".join(f"{label}\n" for label in predictions)
        # The files of seed 1 have the suffix that earlier versions used.
        (run / "evaluations" / f"validation.{step}{EVALUATION_SUFFIXES[seed == 1]}").write_text(lines, encoding="utf-8")
        metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
        figures = {"accuracy": accuracy(predictions), "f1": 0.5, "loss": 0.5}
        earlier = [entry for entry in metrics["evaluations"] if entry["step"] in STEPS and step != STEPS[0]]
        metrics["evaluations"] = [*earlier, {"step": step, "splits": {"validation": figures}}]
        (run / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    return folder, predictions_of


def accuracy(predictions: list[int], rows: Any = slice(None)) -> float:
    """Return the accuracy on some examples; default: on all."""
    return float((np.array(predictions) == GOLD)[rows].mean())


def effects(folder: Path) -> dict[str, SelectionEffect]:
    """Return the effects of selection in a study by arm."""
    return {effect.arm: effect for effect in selection_effects(read_results(StudyReader(folder)))}


def test_the_effect_of_selection_equals_a_slow_loop(evaluated_study: tuple[Path, Predictions]) -> None:
    folder, predictions_of = evaluated_study
    # The examples are divided in two: the checkpoint is chosen on each half, and predicts the other.
    half = in_share(np.arange(GOLD.size), 0.5, "checkpoint ")
    assert 0.3 < half.mean() < 0.7
    found = effects(folder)
    for arm in ARMS:
        crossed = []
        for seed in (1, 2, 3):
            joined = np.zeros(GOLD.size, np.int64)
            for chosen, scored in ((half, ~half), (~half, half)):
                best = max(STEPS, key=lambda step: accuracy(predictions_of[arm, seed, step], chosen))
                joined[scored] = np.array(predictions_of[arm, seed, best])[scored]
            crossed.append(accuracy(joined.tolist()))
        seed, step = max(((s, t) for s in (1, 2, 3) for t in STEPS), key=lambda at: accuracy(predictions_of[arm, *at]))
        effect = found[arm]
        assert (effect.best_seed, effect.best_step) == (seed, step)
        assert effect.released == pytest.approx(accuracy(predictions_of[arm, seed, step]))
        assert effect.unbiased == pytest.approx(fmean(crossed))
        assert effect.difference == pytest.approx(effect.released - fmean(crossed))
        assert (effect.seeds, effect.evaluations, effect.problem) == (3, 9, "")


def test_reserved_examples_are_left_out(evaluated_study: tuple[Path, Predictions]) -> None:
    folder, predictions_of = evaluated_study
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    (folder / "plan.json").write_text(json.dumps({**plan, "reserve": 0.5}), encoding="utf-8")
    reported = ~in_share(np.arange(GOLD.size), 0.5)
    best = max(accuracy(predictions_of["spans", seed, step], reported) for seed in (1, 2, 3) for step in STEPS)
    assert effects(folder)["spans"].released == pytest.approx(best)
    assert effects(folder)["spans"].unbiased is not None


def test_runs_without_predictions_of_evaluations_have_a_reason(make_study: Callable[..., Path]) -> None:
    folder = make_study({"plain": {1: noisy(0.3, 1), 2: noisy(0.3, 2)}}, GOLD.tolist())
    [effect] = effects(folder).values()
    assert effect.released == pytest.approx(max(accuracy(noisy(0.3, seed)) for seed in (1, 2)))
    assert (effect.unbiased, effect.difference) == (None, None)
    assert effect.problem == "runs of an earlier version kept no predictions of single evaluations"


@pytest.mark.parametrize("metric", ["accuracy", "f1", "matthews_correlation"])
def test_nothing_is_added_where_there_is_nothing_to_select(make_study: Callable[..., Path], metric: str) -> None:
    task = Task("t", "classification", ("no", "yes"), (metric,), False)
    folder = make_study({"plain": {1: noisy(0.3, 1)}, "spans": {1: noisy(0.2, 2)}}, GOLD.tolist(), task)
    for run, predictions in (("plain-1", noisy(0.3, 1)), ("spans-1", noisy(0.2, 2))):
        path = folder / "runs" / run
        (path / "evaluations").mkdir()
        lines = "".join(f"{label}\n" for label in predictions)
        (path / "evaluations" / "validation.2.txt").write_text(lines, encoding="utf-8")
        edit_evaluations(path, lambda evaluations: evaluations[1:])
    for effect in effects(folder).values():
        # One seed and one evaluation: the score of a half, or of both on average, is not that of the whole.
        assert (effect.evaluations, effect.best_step, effect.difference) == (1, 2, 0.0)


def test_a_run_that_was_scored_after_its_training_has_no_step(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_study({"plain": {1: noisy(0.3, 1), 2: noisy(0.3, 2)}}, GOLD.tolist())
    for path in folder.glob("runs/*"):
        edit_evaluations(path, lambda evaluations: [{**one, "splits": {"other": {}}} for one in evaluations])
    [effect] = effects(folder).values()
    scores = [accuracy(noisy(0.3, seed)) for seed in (1, 2)]
    assert (effect.best_step, effect.problem, effect.evaluations) == (None, "", 2)
    assert (effect.released, effect.unbiased) == (pytest.approx(max(scores)), pytest.approx(fmean(scores)))
    assert main(["report", str(folder), "--selection"]) == 0
    assert f"plain\t{effect.released * 100:.2f} (seed {effect.best_seed})\t" in capsys.readouterr().out


def edit_evaluations(run: Path, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change the evaluations that a run recorded."""
    path = run / "metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**metrics, "evaluations": change(metrics["evaluations"])}), encoding="utf-8")


@pytest.mark.parametrize("content", ["0\n", "x\n" * GOLD.size, "\xff"])
def test_damaged_predictions_of_an_evaluation_are_reported(evaluated_study: tuple[Path, Any], content: str) -> None:
    folder, _ = evaluated_study
    (folder / "runs/spans-2/evaluations/validation.10.txt").write_text(content, encoding="latin-1")
    with pytest.raises(ConfigurationError, match=r"validation\.10\.txt is damaged: it "):
        effects(folder)


def test_every_format_of_the_report_shows_the_effect(
    evaluated_study: tuple[Path, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = evaluated_study
    spans = effects(folder)["spans"]
    assert main(["report", str(folder), "--selection"]) == 0
    shown = capsys.readouterr().out
    cells = f"spans\t{spans.released * 100:.2f} (seed {spans.best_seed}, step {spans.best_step})"
    assert f"{cells}\t{spans.unbiased * 100:.2f}\t{spans.difference * 100:+.2f}\t9\t3\n" in shown
    assert "The difference is what selection alone adds." in shown
    for name, beginning in (
        ("r.md", "### Effect of selection"),
        ("r.tex", r"\caption{Best evaluation"),
        ("r.html", "selection_"),
    ):
        assert main(["report", str(folder), "--selection", "-o", str(tmp_path / name)]) == 0
        assert beginning in (tmp_path / name).read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["report", str(folder), "--selection", "--json"]) == 0
    assert [effect["arm"] for effect in json.loads(capsys.readouterr().out)["selection"]] == ["plain", "spans"]
    assert main(["report", str(folder), "--json"]) == 0
    assert "selection" not in json.loads(capsys.readouterr().out)


def test_a_csv_report_of_the_effect_is_an_error(
    evaluated_study: tuple[Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(evaluated_study[0]), "--selection", "--format", "csv"]) == 2
    problem = "--selection: csv has one line per run, and no sections. use md, latex, html or json"
    assert problem in capsys.readouterr().err
