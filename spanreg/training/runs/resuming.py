"""Compare the config of a run with the one that it is resumed with: keys that can change weights must be equal."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from spanreg.registry import ConfigurationError, Problem
from spanreg.training.runs.differences import differing_keys
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.runs.session import tidy

logger = logging.getLogger(__name__)

HARMLESS: Final = ("log_every", "checkpoint_every", "keep")
"Keys of ``training`` that never change a weight."
EVALUATING: Final = ("evaluate_every", "evaluation_batch_size")
"Keys that change no weight while no evaluation decides anything."
LENGTH: Final = ("epochs", "max_steps")
"Keys of ``training`` that may grow: a finished run is then continued."
_DECIDING: Final = ("patience", "load", "keep_best")
"Keys of ``training`` by which evaluations decide about weights."
_MOST_KEYS: Final = 20
"Differing keys that an error lists."


def require_same_config(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """Check that no key that can change the weights differs from the config of a run.

    Raises:
        ConfigurationError: such a key differs; the message has all keys that differ.
    """
    old = folder.config()
    differing = differing_keys(old, config)
    # Unknown keys count as deciding: a new key must not slip through because nobody listed it here.
    if all(_is_harmless(line, old, config) for line in differing):
        return
    more = [f"and {len(differing) - _MOST_KEYS} more"] if len(differing) > _MOST_KEYS else []
    first = Problem(
        f"{folder.path} has a run of another config; the keys that differ, there -> here",
        hint="name another folder with -s, or replace the run with --force",
    )
    raise ConfigurationError([first, *(Problem(line) for line in [*differing[:_MOST_KEYS], *more])])


def require_checkpoint(folder: RunFolder) -> None:
    """Check that a finished run has a checkpoint from which a longer training can continue.

    Raises:
        ConfigurationError: it has none.
    """
    if not folder.checkpoints.steps():
        raise ConfigurationError(
            f"the run in {folder.path} is finished, and has kept no checkpoint to continue from",
            hint="train the longer run into another folder, or replace this one with --force; 'training.keep: 1' keeps"
            " the last checkpoint",
        )


def log_differences(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """Log the keys in which a config differs from that of the run that it continues."""
    old = folder.config()
    for line in differing_keys(old, config):
        # A longer training is reported once, below.
        if not _grows(line.partition(": ")[0].removeprefix("training."), old, config):
            logger.info("the config differs in a key that changes no weight: %s", line)
    if is_longer(old, config):
        logger.warning(
            "the run becomes longer: its learning rate follows the new schedule from here on, so that it is not the run"
            " that this config gives from the beginning"
        )


def finished_already(path: Path, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the content of ``metrics.json`` if a run is finished and the config asks for no more steps; else None.

    Temporary files of killed processes are removed.

    Raises:
        ConfigurationError: the run has another config, or is damaged.
    """
    # First without the manifest: most runs are not finished, and have none.
    if (RunFolder(path).status() or {}).get("state") != "finished":
        return None
    run = finished_run(path)
    require_same_config(run, config)
    if is_longer(run.config(), config):
        return None
    # The next run of the folder may be years away, so what killed processes left goes now.
    tidy(run)
    logger.info("the run in %s is finished: there is nothing to do. --restart trains it again", path)
    return run.read("metrics")


def chooses_best(config: Mapping[str, Any]) -> bool:
    """Return whether a config loads the weights of the best evaluation at the end."""
    return bool(_training(config).get("load") == "best")


def is_longer(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a config asks for more epochs or steps than another."""
    return any(_grows(key, old, new) for key in LENGTH)


def _is_harmless(line: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a line of ``differing_keys`` is of a key that may differ in a resumed run."""
    part, _, key = line.partition(": ")[0].partition(".")
    if part != "training":
        return False
    decided = any(key in _training(config) for config in (old, new) for key in _DECIDING)
    return key in HARMLESS or (key in EVALUATING and not decided) or _grows(key, old, new)


def _grows(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a key of ``LENGTH`` has a larger value in the new config."""
    if key not in LENGTH:
        return False
    # Imported here, because it imports torch: a run folder is claimed without it.
    from spanreg.training.config.options import TrainingOptions

    # A config without the key has its default.
    before, after = (_training(config).get(key, getattr(TrainingOptions(), key)) for config in (old, new))
    return isinstance(before, int | float) and isinstance(after, int | float) and after > before


def _training(config: Mapping[str, Any]) -> Mapping[str, Any]:
    training = config.get("training")
    return training if isinstance(training, Mapping) else {}
