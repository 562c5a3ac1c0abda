"""``LossWatch``: the first loss that is not finite ends the run."""

from __future__ import annotations

import math

import pytest
import torch

from spanreg.registry import ConfigurationError
from spanreg.training.config.options import TrainingOptions
from spanreg.training.loop.loss_watch import LossWatch


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_the_error_names_step_examples_and_remedies(loss: float) -> None:
    watch = LossWatch(TrainingOptions(learning_rate=3.0), cadence=50)
    for step in range(1, 7):
        watch.observe(torch.tensor(0.5), step)
    with pytest.raises(ConfigurationError) as caught:
        watch.observe(torch.tensor(loss), 7, torch.tensor([4, 2]))
    assert str(caught.value) == (
        "training: the loss is not finite from step 7 on, first for the examples with the idx 4, 2. look at these"
        " examples; lower learning_rate (it is 3), lengthen warmup, or set precision: 'fp32'"
    )


def test_the_error_names_only_the_first_of_many_examples() -> None:
    watch = LossWatch(TrainingOptions(), cadence=50)
    with pytest.raises(ConfigurationError, match="the idx 0, 1, 2, .* 15 and 4 more"):
        watch.observe(torch.tensor(math.nan), 1, torch.arange(20))


def test_a_late_check_names_the_first_batch_without_a_finite_loss() -> None:
    watch = LossWatch(TrainingOptions(), cadence=50)
    # The state that batches leave on a GPU, where losses are not checked at every step. On the CPU, `observe` would
    # raise at once.
    watch._batches = [(1, torch.tensor([7])), (1, torch.tensor([8])), (2, torch.tensor([9]))]
    watch._first = torch.tensor(2)
    with pytest.raises(ConfigurationError, match="from step 1 on, first for the examples with the idx 8"):
        watch.require_finite()


def test_later_checks_name_the_same_step() -> None:
    watch = LossWatch(TrainingOptions(), cadence=50)
    watch.observe(torch.tensor(0.5), 1)
    with pytest.raises(ConfigurationError, match="from step 2 on"):
        watch.observe(torch.tensor(math.nan), 2)
    with pytest.raises(ConfigurationError, match="from step 2 on"):
        watch.observe(torch.tensor(0.5), 3)


def test_finite_losses_are_accepted() -> None:
    watch = LossWatch(TrainingOptions(), cadence=50)
    watch.require_finite()
    watch.observe(torch.tensor(1e30), 1)
    watch.require_finite()


def test_a_loss_of_a_split_that_is_not_finite_is_an_error() -> None:
    watch = LossWatch(TrainingOptions(learning_rate=3.0), cadence=50)
    watch.observe_scores({"validation": {"accuracy": 0.5, "loss": 0.7}, "other": {"accuracy": 0.5}}, 4)
    with pytest.raises(ConfigurationError) as caught:
        watch.observe_scores({"validation": {"accuracy": 0.5, "loss": math.nan}}, 4)
    assert str(caught.value) == (
        "training: the loss on the split 'validation' is not finite after step 4. lower learning_rate (it is 3), "
        "lengthen warmup, or set precision: 'fp32'"
    )
