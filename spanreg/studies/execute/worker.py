"""What an executor calls for one run of a study."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spanreg.registry import Params, include_packages
from spanreg.storage import locked
from spanreg.studies.define.inputs import require_unchanged
from spanreg.training.runs.layout import LOCK


def execute(
    config: dict[str, Any],
    folder: str,
    included: Sequence[str],
    command: Sequence[str],
    code: str,
    inputs: Mapping[str, str],
    home: str | None = None,
) -> dict[str, Any]:
    """Train one config into a run folder, from the last checkpoint if an earlier attempt was stopped.

    A damaged run starts over: its folder's name says what it holds.

    How often checkpoints are written the config says (``training.checkpoint_every``), at every epoch by default; of a
    finished run none is left.

    Args:
        config: as ``spanreg train`` takes it, with the seed.
        folder: the run folder.
        included: packages of the user's own.
        command: for the record of the run.
        code: hash of the code that the run's id was made of.
        inputs: hashes of the files that its id was made of.
        home: where the packages' paths begin; default: the working directory.

    Returns:
        What ``metrics.json`` says.

    Raises:
        ConfigurationError: the run cannot be made, or would be made of other code or files than its id says.
    """
    from spanreg.studies.execute.heartbeat import HeartbeatCallback
    from spanreg.training.loop.quiet import quiet_libraries
    from spanreg.training.train import Given, train

    quiet_libraries()
    place = None if home is None else Path(home)
    include_packages(included, place)
    require_unchanged(config, included, code, inputs, place)
    path = Path(folder)
    if (path / LOCK).exists():
        # A worker of a driver that was killed may still be ending, or, in a cluster's queue, finish this very run.
        with locked(path / LOCK):
            pass
    try:
        return train(
            Params(config), path, given=Given(command=command), callbacks=[HeartbeatCallback(path)], repair=True
        )
    finally:
        # Model and trainer refer to each other; left to itself, the next run of this process begins beside both.
        gc.collect()
