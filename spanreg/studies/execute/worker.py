"""The function that executors call for one run of a study."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spanreg.registry import Params, include_packages
from spanreg.studies.define.inputs import require_unchanged
from spanreg.training.runs.layout import RunFolder


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

    A damaged run starts over, which is safe since its folder's name contains the hash of everything that it depends on.

    Args:
        config: a config for ``spanreg train``, with the seed.
        folder: the run folder.
        included: the user's own packages.
        command: arguments of the command line, for the record of the run.
        code: hash of the code in the run's id.
        inputs: hashes of the files in the run's id.
        home: folder that relative paths of packages start from; default: the working directory.

    Returns:
        The content of ``metrics.json``.

    Raises:
        ConfigurationError: the run fails, or code or files are not those of its id.
    """
    from spanreg.studies.execute.heartbeat import HeartbeatCallback
    from spanreg.training.loop.quiet import quiet_libraries
    from spanreg.training.train import RunRequest, train

    quiet_libraries()
    place = None if home is None else Path(home)
    include_packages(included, place)
    require_unchanged(config, included, code, inputs, place)
    path = Path(folder)
    # A worker may outlive its killed driver, or a cluster may start it late; either may still finish this run.
    RunFolder(path).wait_until_free()
    try:
        request = RunRequest(command=command)
        return train(Params(config), path, request=request, callbacks=[HeartbeatCallback(path)], repair=True)
    finally:
        # Model and trainer refer to each other, so without a collection the next run of this process starts while
        # both are still in memory.
        gc.collect()
