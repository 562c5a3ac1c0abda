"""Which run ``train --resume`` takes up: the same config, but for what cannot change the weights."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from spanreg.registry import ConfigurationError, Problem
from spanreg.training.differences import differing_keys
from spanreg.training.options import TrainingOptions
from spanreg.training.run_folder import RunFolder

logger = logging.getLogger(__name__)

HARMLESS = ("log_every", "checkpoint_every", "keep")
"Keys of ``training`` that never change a weight."
EVALUATING = ("evaluate_every", "evaluation_batch_size")
"Keys that change none as long as no evaluation decides anything."
LENGTH = ("epochs", "max_steps")
_DECIDING = ("patience", "load", "keep_best")


def require_same_run(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """Holds the config of a run that is there against the one that it is to go on with.

    Raises:
        ConfigurationError: a key differs that could change the weights; every differing key is named. Or the run is
            finished and is to be longer, but has kept no checkpoint.
    """
    old = folder.config()
    differing = differing_keys(old, config)
    refused = [line for line in differing if not _is_harmless(line, old, config)]
    if refused:
        hint = "go on with the config that it has, or name another folder with -s"
        first = Problem(f"the run in {folder.path} cannot go on with another config; there -> here", hint=hint)
        raise ConfigurationError([first, *map(Problem, differing)])
    finished = (folder.status() or {}).get("state") == "finished"
    if finished and is_longer(old, config) and not folder.checkpoints.steps():
        raise ConfigurationError(
            f"the run in {folder.path} is finished, and has kept no checkpoint to go on from",
            hint="train a longer run from the beginning into another folder; 'training.keep: 1' keeps the last one",
        )


def tell_of_differences(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """Says in what the config of a run that is there differs from the one that it goes on with."""
    old = folder.config()
    for line in differing_keys(old, config):
        if not _grows(line.partition(": ")[0].removeprefix("training."), old, config):
            logger.info("goes on with another config, which changes no weight: %s", line)
    if is_longer(old, config):
        logger.warning(
            "the run becomes longer: its learning rate follows the new schedule from here on, so that it is not the run"
            " that this config gives from the beginning"
        )


def finished_already(folder: RunFolder, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """What ``metrics.json`` says, if the run is finished and is not to become longer; None otherwise.

    Raises:
        ConfigurationError: the run has another config.
    """
    status = folder.status()
    if status is None or status["state"] != "finished":
        return None
    require_same_run(folder, config)
    if is_longer(folder.config(), config):
        return None
    logger.info("the run in %s is finished: there is nothing to resume", folder.path)
    metrics: dict[str, Any] = folder.read("metrics")
    return metrics


def is_longer(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a config asks for more epochs or steps than another."""
    return any(_grows(key, old, new) for key in LENGTH)


def _is_harmless(line: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    part, _, key = line.partition(": ")[0].partition(".")
    if part != "training":
        return False
    decided = any(key in _training(config) for config in (old, new) for key in _DECIDING)
    return key in HARMLESS or (key in EVALUATING and not decided) or _grows(key, old, new)


def _grows(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if key not in LENGTH:
        return False
    before, after = (_training(config).get(key, getattr(TrainingOptions(), key)) for config in (old, new))
    return before is not None and after is not None and after > before


def _training(config: Mapping[str, Any]) -> Mapping[str, Any]:
    training: Mapping[str, Any] = config.get("training") or {}
    return training
