"""An optimiser, a schedule and a callback for each law that they can break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from spanreg.callbacks import Callback
from spanreg.optimizers import Optimizer
from spanreg.registry import Registrable
from spanreg.schedules import Schedule
from spanreg.testing import check_component
from spanreg.testing.contract import ContractError

Groups = list[dict[str, Any]]


class Uphill(Optimizer):
    """Follows the gradient to the top."""

    def make(self, groups: Groups) -> torch.optim.Optimizer:
        return torch.optim.SGD(groups, maximize=True)


class OneRate(Optimizer):
    """Gives all groups one rate."""

    def make(self, groups: Groups) -> torch.optim.Optimizer:
        return torch.optim.SGD([{"params": group["params"]} for group in groups], lr=1e-2)


class ForgetfulSgd(torch.optim.SGD):
    """Keeps its momentum out of its state."""

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "state": {}}


class Forgetful(Optimizer):
    """Makes the above."""

    def make(self, groups: Groups) -> torch.optim.Optimizer:
        return ForgetfulSgd(groups, momentum=0.9)


class ByShare(Schedule):
    """One whose share of the highest rate is a function of step, warm-up and all steps."""

    share: ClassVar[Callable[[int, int, int], float]]

    def make(self, optimizer: torch.optim.Optimizer, warmup: int, steps: int) -> LRScheduler:
        return LambdaLR(optimizer, lambda step: type(self).share(step, warmup, steps))


class Cold(ByShare):
    """Does not warm up."""

    share = staticmethod(lambda step, warmup, steps: 1 - step / steps)


class Idle(ByShare):
    """Learns nothing in a run of one step."""

    share = staticmethod(lambda step, warmup, steps: min(step / max(warmup, 1), 1) * (1 - step / (2 * steps)))


class Boastful(ByShare):
    """Depends on the length, and declares that it does not."""

    hangs_on_length: ClassVar[bool] = False
    share = staticmethod(lambda step, warmup, steps: step / warmup if step < warmup else 1 - (step - warmup) / steps)


class Amnesia(LambdaLR):
    """Starts from scratch instead of loading a state."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Ignore the state."""


class Restarting(Schedule):
    """Makes the above."""

    hangs_on_length: ClassVar[bool] = False

    def make(self, optimizer: torch.optim.Optimizer, warmup: int, steps: int) -> LRScheduler:
        return Amnesia(optimizer, lambda step: min(1.0, (step + (not warmup)) / max(warmup, 1)))


class Dumb(Callback):
    """Has an event that cannot be called."""

    on_save = None  # type: ignore[assignment]


class Stateful(Callback):
    """Gives a state, and takes none back."""

    count = 0

    def state_dict(self) -> dict[str, Any]:
        type(self).count += 1
        return {"count": self.count}


@pytest.mark.parametrize(
    ("component", "law"),
    [
        (Uphill, "the loss falls: the loss is "),
        (OneRate, "every group has its own rate: weights with a learning rate of 0 change"),
        (Forgetful, "its state is all that it needs: the weights differ if training is interrupted"),
        (Cold, "rates rise in the warm up: the shares of the highest rate are [1.0, "),
        (Idle, "all lengths are accepted: the rate of a single step is 0"),
        (Boastful, "dependence on the length is declared: hangs_on_length is False, the rates show True"),
        (Restarting, "its state is all that it needs: the share is "),
        (Dumb, "it can be called: cannot be called: on_save"),
        (Stateful, "its state is plain json: has the state "),
    ],
)
def test_a_broken_law_is_named(component: type[Registrable], law: str) -> None:
    with pytest.raises(ContractError) as caught:
        check_component(component)
    assert f"\n- {law}" in str(caught.value)
