"""Suggested names for misspelt names, abbreviations and names of other packages."""

from __future__ import annotations

import pytest

from spanreg.registry import suggest
from spanreg.registry.names import shown_name

TRAINING_KEYS = ["epochs", "max_steps", "batch_size", "learning_rate", "layer_decay", "warmup", "weight_decay", "clip"]
TRAINING_KEYS += ["evaluation_batch_size", "evaluate_every", "log_every", "max_tokens"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("learning_rat", "learning_rate"),
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("bs", "batch_size"),
        ("wd", "weight_decay"),
        ("num_train_epochs", "epochs"),
        ("per_device_train_batch_size", "batch_size"),
        ("per-device-train-batch-size", "batch_size"),
        ("rate", "learning_rate"),
        ("warmup_ratio", "warmup"),
        ("max_norm_clip", "clip"),
        ("max_token", "max_tokens"),
    ],
)
def test_the_nearest_name_comes_first(written: str, meant: str) -> None:
    assert suggest(written, TRAINING_KEYS).startswith(f"did you mean '{meant}'? ")


@pytest.mark.parametrize("written", ["x", "optimiser_state"])
def test_a_name_unlike_all_others_gets_no_suggestion(written: str) -> None:
    assert suggest(written, TRAINING_KEYS).startswith("known names: epochs, ")


def test_a_class_may_have_another_name_for_users() -> None:
    class LoaderOptions:
        spanreg_name = "Loader"

    class StrictOptions(LoaderOptions):
        pass

    assert [shown_name(target) for target in (LoaderOptions, StrictOptions, len)] == ["Loader", "StrictOptions", "len"]
