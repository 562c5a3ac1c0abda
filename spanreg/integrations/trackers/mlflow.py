"""Track runs with MLflow."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from spanreg.callbacks.base import Callback
from spanreg.integrations.trackers.base import Plain, TrackerCallback
from spanreg.packages import require_package
from spanreg.registry import Untracked
from spanreg.text.reasons import reason_of

logger = logging.getLogger(__name__)

_MOST_PARAMETERS = 100
"Parameters that the client accepts in one call."

_LONGEST_VALUE = 6000
"Characters of a parameter; the file store rejects longer ones if truncation is off."

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_./ -]")
"Characters that a name cannot have on every system."


@Callback.register("mlflow")
class MlflowTracker(TrackerCallback):
    """Writes metrics and config as a run of MLflow; registered as ``mlflow``, extra ``track``.

    Without ``uri`` it writes to a file store and ignores the environment's server; MLflow's telemetry is off. A resumed
    run continues the same run of MLflow, if it is still there.

    ``training: { callbacks: [{ type: 'mlflow', experiment: 'idioms' }] }``

    Parameters:
        folder: folder of the store, which several runs may share; default: ``tracking/mlflow`` in the run folder.
        experiment: the experiment that the run belongs to; default ``spanreg``.
        uri: a tracking server; default: the file store.

    Raises:
        ConfigurationError: the package is not installed.
    """

    folder_name: ClassVar[str] = "mlflow"

    def __init__(
        self,
        folder: Annotated[Path, Untracked(written=True)] | None = None,
        experiment: str = "spanreg",
        uri: str | None = None,
    ) -> None:
        super().__init__(folder)
        require_package("mlflow")
        self.experiment = experiment
        self.uri = uri
        self.run_id: str | None = None
        self._names = _Names()

    def start(self, folder: Path, run: str, config: Mapping[str, Plain]) -> None:
        # Before the import, which starts the telemetry.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # Without this consent MLflow 3 rejects file stores, the only ones that need no database.
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self.client = MlflowClient(tracking_uri=self.uri or folder.as_uri())
        # The id comes from the checkpoint of a run that is being resumed.
        if self.run_id is not None and self._continue(self.run_id):
            return
        known = self.client.get_experiment_by_name(self.experiment)
        experiment = known.experiment_id if known else self.client.create_experiment(self.experiment)
        self.run_id = str(self.client.create_run(experiment, run_name=run).info.run_id)
        parameters = [Param(name, _shortened(value)) for name, value in config.items()]
        for first in range(0, len(parameters), _MOST_PARAMETERS):
            self.client.log_batch(self.run_id, params=parameters[first : first + _MOST_PARAMETERS])

    def _continue(self, run_id: str) -> bool:
        """Return whether a run of MLflow can be continued; it may have been removed since its training stopped."""
        try:
            self.client.update_run(run_id, status="RUNNING")
        # Not only MLflow's own: its file store raises a bare ``Exception`` for a folder that is gone.
        except Exception as error:
            logger.warning("mlflow cannot continue the run %s (%s), and starts another", run_id, reason_of(error))
            return False
        return True

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(self._names.of(name), one, now, step) for name, one in figures.items()]
        self.client.log_batch(str(self.run_id), metrics=metrics)

    def finish(self, failed: bool) -> None:
        self.client.set_terminated(str(self.run_id), "FAILED" if failed else "FINISHED")

    def state_dict(self) -> dict[str, Any]:
        return {"run_id": self.run_id}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.run_id = state["run_id"]


class _Names:
    """Names of metrics that MLflow accepts: other characters become ``_``, and no two names become one."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return the name under which a metric is written, the same one each time."""
        if name not in self._given:
            plain = _FORBIDDEN.sub("_", name)
            taken, number = set(self._given.values()), 1
            free = plain
            while free in taken:
                number += 1
                free = f"{plain}_{number}"
            self._given[name] = free
        return self._given[name]


def _shortened(value: Plain) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
