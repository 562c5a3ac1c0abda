"""Laws of callbacks."""

from __future__ import annotations

import json
from typing import Any

from transformers import TrainerCallback

from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{}]


def it_can_be_called(subject: ComponentCase) -> None:
    """The component is a ``TrainerCallback`` whose events are all methods."""
    callback = subject.make()
    require(isinstance(callback, TrainerCallback), f"is a {type(callback).__name__}, not a TrainerCallback")
    # A callback that sets an event to None, or to a value, fails only when the Trainer reaches it.
    dead = [name for name in dir(TrainerCallback) if name.startswith("on_") and not callable(getattr(callback, name))]
    require(not dead, f"cannot be called: {', '.join(dead)}")


def its_state_is_plain_json(subject: ComponentCase) -> None:
    """``state_dict`` can be written as JSON and loaded into another callback."""
    first, second = subject.make(), subject.make()
    state = first.state_dict()
    read = json.loads(json.dumps(state))
    require(read == state, f"{state} is {read} after writing and reading")
    second.load_state_dict(read)
    require(second.state_dict() == state, f"has the state {second.state_dict()} after loading {state}")


LAWS: list[Law] = [it_can_be_called, its_state_is_plain_json]
