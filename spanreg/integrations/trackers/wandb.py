"""Track runs with Weights & Biases."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from spanreg.callbacks.base import Callback
from spanreg.integrations.trackers.base import Plain, TrackerCallback
from spanreg.packages import require_package
from spanreg.registry import Untracked


@Callback.register("wandb")
class WandbTracker(TrackerCallback):
    """Writes metrics and config as a run of Weights & Biases; registered as ``wandb``, extra ``track``.

    By default it is offline and ignores the environment's mode: it writes files, which ``wandb sync`` uploads. Its
    error reports are off, and so are its records of command line, code, repository and machine: ``environment.json``
    has them without secrets. A resumed run keeps its id.

    ``training: { callbacks: [{ type: 'wandb', project: 'idioms' }] }``

    Parameters:
        folder: folder of its files; default: ``tracking/wandb`` in the run folder.
        project: the project that the run belongs to; default ``spanreg``.
        mode: ``offline`` (default), or ``online``, which sends metrics during the training.

    Raises:
        ConfigurationError: the package is not installed.
    """

    folder_name: ClassVar[str] = "wandb"

    def __init__(
        self,
        folder: Annotated[Path, Untracked(written=True)] | None = None,
        project: str = "spanreg",
        mode: Literal["offline", "online"] = "offline",
    ) -> None:
        super().__init__(folder)
        require_package("wandb")
        self.project = project
        self.mode = mode
        self.run_id: str | None = None

    def start(self, folder: Path, run: str, config: Mapping[str, Plain]) -> None:
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        self.run = wandb.init(
            project=self.project,
            name=run,
            dir=str(folder),
            mode=self.mode,
            id=self.run_id,
            resume="allow" if self.run_id else None,
            config=dict(config),
            # By default, ``init`` may return or finish a run that is active in this process.
            reinit="create_new",
            # Without these it records the command line with its secrets, the user, the machine and the git remote.
            settings=wandb.Settings(
                console="off",
                silent=True,
                disable_code=True,
                disable_git=True,
                x_disable_meta=True,
                x_disable_machine_info=True,
            ),
        )
        self.run_id = self.run.id  # for the checkpoints, from which a resumed run takes it
        self.run.define_metric("*", step_metric="train/global_step")

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        # Not as W&B's own step, which must increase: an evaluation logs its step a second time.
        self.run.log({**figures, "train/global_step": step})

    def finish(self, failed: bool) -> None:
        self.run.finish(exit_code=int(failed))

    def state_dict(self) -> dict[str, Any]:
        return {"run_id": self.run_id}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.run_id = state["run_id"]
