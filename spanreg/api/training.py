"""The function ``train``: fine-tune by a config, and write a run folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spanreg.api.configs import Config, load_config
from spanreg.api.progress import TrainingBar, quiet_bars, wants_progress
from spanreg.api.runs import Run
from spanreg.api.sources import ConfigSource
from spanreg.training.train import RunRequest
from spanreg.training.train import train as train_run


def train(
    source: ConfigSource | Config,
    folder: str | Path,
    *,
    overrides: str | Mapping[str, Any] = "",
    include: Iterable[str] = (),
    restart: bool = False,
    force: bool = False,
    progress: bool | None = None,
) -> Run:
    """Fine-tune by a config, write the run folder, and return the finished run.

    ``spanreg.train("config.jsonnet", "runs/first").metrics["splits"]``

    The same call again resumes a stopped run, and loads a finished one.

    Args:
        source: a file, Jsonnet text, a dict or a config, as for ``load_config``.
        folder: the run folder.
        overrides: values by dotted key, or Jsonnet of such an object.
        include: packages with your own components to import.
        restart: discard a run of this config in the folder, and start from the beginning.
        force: replace a run in the folder, even if its config differs.
        progress: show a progress bar; default: in notebooks and on terminals.

    Raises:
        ConfigurationError: all problems of the config at once; or the data or the folder cannot be used, the memory or
            the disk is full, or the loss is not finite.
    """
    config = load_config(source, overrides=overrides, include=include)
    plan = config.plan()
    bars = [TrainingBar()] if wants_progress(progress) else []
    # Recorded in the form of the command line, so that loading the run without them can say what to add.
    command = [text for name in config.include for text in ("--include-package", name)]
    try:
        with quiet_bars():
            request = RunRequest(config.file, command)
            train_run(plan, Path(folder), request=request, callbacks=bars, restart=restart, force=force)
            return Run(Path(folder))
    finally:
        for bar in bars:
            bar.close()
