"""Track runs with TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from spanreg.callbacks.base import Callback
from spanreg.integrations.trackers.base import Plain, TrackerCallback
from spanreg.packages import require_package
from spanreg.registry import Untracked


@Callback.register("tensorboard")
class TensorboardTracker(TrackerCallback):
    """Writes metrics and config for TensorBoard; registered as ``tensorboard``, extra ``track``.

    ``tensorboard --logdir RUN/tracking/tensorboard`` shows them. A resumed run continues in a second file there.

    ``training: { callbacks: ['tensorboard'] }``

    Parameters:
        folder: folder of the event files; default: ``tracking/tensorboard`` in the run folder.

    Raises:
        ConfigurationError: the package is not installed.
    """

    folder_name: ClassVar[str] = "tensorboard"

    def __init__(self, folder: Annotated[Path, Untracked()] | None = None) -> None:
        super().__init__(folder)
        require_package("tensorboard")

    def start(self, folder: Path, run: str, config: Mapping[str, Plain]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder))
        self.writer.add_text("config", f"```json\n{json.dumps(config, indent=2)}\n```")

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        for name, figure in figures.items():
            self.writer.add_scalar(name, figure, step)
        # Otherwise TensorBoard shows nothing of a run that is killed.
        self.writer.flush()

    def finish(self, failed: bool) -> None:
        self.writer.close()
