"""Estimates of the cost of a study before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from spanreg.registry import Params
from spanreg.storage import cache_folder
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.measure import StudyCost, _padded_tokens, _typical_size, measure
from spanreg.training.config.assembly import assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.data.sampling import EpochSampler
from spanreg.training.loop.trainer import SpanTrainer

MakePlan = Callable[..., StudyPlan]
ARMS = {
    "plain": {"aggregator": "none"},
    "same": {"patch": {}},
    "backward": {"segmenter": {"type": "max_match", "direction": "backward"}},
    "single": {"segmenter": "single"},
    "one word": {"segmenter": {"type": "fixed", "words": 1}},
    "two words": {"segmenter": {"type": "fixed", "words": 2}},
}


def test_the_costs_and_shared_parts_of_all_arms_are_measured(
    make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    plan = make_plan(arms=ARMS, seeds=[1, 2])
    measured = measure(plan, steps=2)
    assert_every_arm_was_built(measured, plan)
    assert measured.runs == {**dict.fromkeys(["base", *ARMS], 2), "same": 0}
    assert measured.seconds == pytest.approx(sum(measured.runs[arm.arm] * arm.seconds for arm in measured.arms))
    assert measured.sharing("dictionary") == [["base", *ARMS]]
    assert measured.sharing("prepared") == [["base", "plain", "same"]]
    assert measured.sharing("model") == [["base", "same", "backward", "single", "one word", "two words"]]
    # No phrase of the dictionary is in the data, so all words are single spans. Arms with the base's own segmentation
    # are not listed.
    assert measured.same_spans == [["base", "backward", "single", "one word"]]
    entries = {entry.name for entry in cache_folder("prepared").iterdir() if entry.is_dir()}
    assert {key for arm in measured.arms for key in arm.prepared} == entries, "the runs use the same cache entries"


def assert_every_arm_was_built(measured: StudyCost, plan: StudyPlan) -> None:
    """Check parameters, steps and times of the arms."""
    found = {arm.arm: arm for arm in measured.arms}
    for name in ("base", "plain"):
        config: dict[str, Any] = {**plan.arm(name).config, "seed": 1}
        model = assemble(Experiment.from_params(Params(config).duplicate())).model
        assert found[name].parameters == sum(weight.numel() for weight in model.parameters())
    assert all(arm.steps == 2 and arm.step_seconds > 0 for arm in measured.arms), "32 examples in batches of 16"
    assert found["base"].step_seconds == found["backward"].step_seconds, "arms with the same model are timed once"


def test_the_time_of_a_run_includes_its_set_up_steps_and_evaluations(make_plan: MakePlan, base: dict[str, Any]) -> None:
    each = {**base, "training": {**base["training"], "epochs": 3, "evaluate_every": 1, "batch_size": 8}}
    once = {**each, "training": {**each["training"], "evaluate_every": None}}
    per_epoch = {**each, "training": {**each["training"], "evaluate_every": "epoch", "accumulation": 2}}
    # 32 examples in batches of 8 for 3 epochs are 12 steps; accumulation over 2 batches halves them.
    counts = {}
    for name, config in {"each": each, "once": once, "per epoch": per_epoch}.items():
        (arm,) = measure(make_plan(base=config, seeds=[1]), steps=2).arms
        counts[name] = (arm.steps, arm.evaluations)
        parts = arm.setup_seconds + arm.steps * arm.step_seconds + arm.evaluations * arm.evaluation_seconds
        assert arm.seconds == pytest.approx(parts)
        assert min(arm.setup_seconds, arm.step_seconds, arm.evaluation_seconds) > 0
    assert counts == {"each": (12, 12), "once": (12, 1), "per epoch": (6, 3)}


def test_steps_are_timed_with_the_threads_of_a_worker(make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    original = SpanTrainer.run

    def run(trainer: SpanTrainer, *arguments: Any) -> Any:
        threads.append(torch.get_num_threads())
        return original(trainer, *arguments)

    monkeypatch.setattr(SpanTrainer, "run", run)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    before = torch.get_num_threads()
    assert measure(make_plan(seeds=[1]), steps=2).threads == 2
    assert (threads, torch.get_num_threads()) == ([2], before)


def test_the_time_of_long_batches_is_scaled_to_a_typical_batch(make_plan: MakePlan) -> None:
    class UnshuffledSampler(EpochSampler):
        def __iter__(self) -> Iterator[int]:
            return iter(range(len(self)))

    lengths = (10, 10, 4, 4, 2, 2, 2, 2)
    order = UnshuffledSampler(lengths, 2, seed=1, grouped=False)
    trainer: Any = SimpleNamespace(lengths=lengths, args=SimpleNamespace(train_batch_size=2), order=order)
    assert _padded_tokens(trainer) == [20, 8, 4, 4]
    # The mean of an epoch is 9; only the fourth batch, of 4 tokens, is timed, since the first three are a warm-up.
    assert _typical_size(trainer, 1, steps=1) == pytest.approx(9 / 4)
