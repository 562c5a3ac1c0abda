"""Laws of the callbacks."""

from __future__ import annotations

import json
from typing import Any

from transformers import TrainerCallback

from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]


def it_can_be_called(subject: Subject) -> None:
    """It is a ``TrainerCallback``, and every event of one can be called on it."""
    callback = subject.make()
    hold(isinstance(callback, TrainerCallback), f"is a {type(callback).__name__}, not a TrainerCallback")
    dead = [name for name in dir(TrainerCallback) if name.startswith("on_") and not callable(getattr(callback, name))]
    hold(not dead, f"cannot be called: {', '.join(dead)}")


def its_state_is_plain_json(subject: Subject) -> None:
    """A checkpoint can keep ``state_dict``, and another callback takes it back as it was."""
    first, second = subject.make(), subject.make()
    state = first.state_dict()
    read = json.loads(json.dumps(state))
    hold(read == state, f"{state} is {read} after it was written and read")
    second.load_state_dict(read)
    hold(second.state_dict() == state, f"has the state {second.state_dict()} after it took {state}")


LAWS: list[Law] = [it_can_be_called, its_state_is_plain_json]
