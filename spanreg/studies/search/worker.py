"""The function that executors call for a search: one trial after the other until there are enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.metrics import evaluate
from spanreg.metrics.task_metrics import task_with
from spanreg.registry import ConfigurationError, Params, include_packages, suggest
from spanreg.storage import UnwrittenError
from spanreg.studies.analyse.run_results import read_run
from spanreg.studies.define.inputs import require_unchanged
from spanreg.studies.define.reserve import rows_of
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.studies.execute.heartbeat import HeartbeatCallback
from spanreg.studies.execute.record import PlannedRun
from spanreg.studies.search.trials import (
    FOLDER,
    PROBLEM,
    SETTING,
    STORAGE_FAULTS,
    Direction,
    begin_trial,
    earlier_value,
    held_trial,
    open_trials,
    storage_errors,
)
from spanreg.training.config.experiment import Experiment
from spanreg.training.loop.quiet import quiet_libraries
from spanreg.training.runs.session import discard_weights
from spanreg.training.train import RunRequest, train


@dataclass(frozen=True, slots=True)
class SearchObjective:
    """The figure that a search optimises.

    ``SearchObjective("validation", "accuracy", added=None, reserve=0.5)``
    """

    split: str
    metric: str
    added: Mapping[str, Any] | None
    "Config of the metric, if it is computed from predictions in place of the task's."
    reserve: float
    "Share of the split's examples that are scored; 0 for all."


def work(
    storage: str,
    name: str,
    search: Mapping[str, Any],
    base: dict[str, Any],
    aim: Mapping[str, Any],
    direction: Direction,
    folder: str,
    included: Sequence[str],
    command: Sequence[str],
    code: str,
    inputs: Mapping[str, str],
    home: str | None = None,
) -> int:
    """Make trials until there are as many as requested, and return how many; several processes may work on one search.

    Args:
        storage: address of Optuna's storage.
        name: name of the search in the storage.
        search: the ``search`` section of the study.
        base: config that the trials change.
        aim: ``split``, ``metric`` and ``reserve`` of the study.
        direction: whether a small or a large figure is good.
        folder: folder of the search.
        included: the user's own packages.
        command: arguments of the command line, for the record of the runs.
        code: hash of the code at the start of the search.
        inputs: hashes of the files at the start of the search.
        home: folder that relative paths of packages start from; default: the working directory.

    Raises:
        ConfigurationError: data cannot be read, or data or code have changed; UnwrittenError: a full or read-only disk.
    """
    quiet_libraries()
    place = None if home is None else Path(home)
    include_packages(included, place)
    wanted = SearchConfig.from_params(Params(dict(search)))
    objective, made = _objective(base, aim), 0
    with storage_errors():
        trials = open_trials(storage, name, wanted, direction)
        while True:
            # Before every trial: a search may run for days, in which data or code may change.
            require_unchanged(base, included, code, inputs, place)
            if (trial := begin_trial(trials, wanted)) is None:
                return made
            with held_trial(trial, Path(folder)):
                _make(trials, trial, wanted, base, objective, Path(folder), command)
            made += 1


def _objective(base: dict[str, Any], given: Mapping[str, Any]) -> SearchObjective:
    """Return the figure to optimise, with the defaults of the task."""
    experiment = Experiment.from_params(Params(base).duplicate())
    split = given["split"] or experiment.evaluation_splits[0]
    figure = task_with(experiment.data.task, given["metric"])[1]
    added = given["metric"] if isinstance(given["metric"], Mapping) else None
    return SearchObjective(split, figure, added, given["reserve"])


def _make(
    trials: optuna.Study,
    trial: optuna.Trial,
    search: SearchConfig,
    base: Mapping[str, Any],
    objective: SearchObjective,
    folder: Path,
    command: Sequence[str],
) -> None:
    """Make one trial, and record in the storage how it ended.

    Raises:
        UnwrittenError: a full or read-only disk; the trial is repeated by the next call.
    """
    pieces = search.choose(trial)
    trial.set_user_attr(SETTING, {piece.at: piece.value for piece in pieces})
    # The sampler may propose a setting twice; its score would be the same, since all trials share a seed.
    value = earlier_value(trials, trial)
    try:
        if value is None:
            path = folder / f"trial-{trial.number:04}"
            trial.set_user_attr(FOLDER, path.name)
            value = _figure(search.config(base, pieces), path, trial, objective, command)
        # Optuna would end a trial without a number as failed, but without a problem, as if it was interrupted.
        if not math.isfinite(value):
            raise ConfigurationError(f"the figure '{objective.metric}' is {value}", path="metric")
    except optuna.TrialPruned:
        trials.tell(trial, state=TrialState.PRUNED)
    except (UnwrittenError, *STORAGE_FAULTS):
        # Not the setting's fault: the trial stays unfinished, and the next call repeats it once there is room.
        raise
    except Exception as error:
        # A setting that cannot be trained is a failed trial; the search continues.
        trial.set_user_attr(PROBLEM, str(error) or type(error).__name__)
        trials.tell(trial, state=TrialState.FAIL)
    else:
        trials.tell(trial, value)


def _figure(
    config: dict[str, Any], path: Path, trial: optuna.Trial, objective: SearchObjective, command: Sequence[str]
) -> float:
    # Evaluations score all examples by the metrics of the task, so they cannot stop a trial for another figure.
    callbacks = [
        HeartbeatCallback(path),
        *([] if objective.reserve or objective.added else [PruningCallback(trial, objective)]),
    ]
    try:
        metrics = train(Params(config), path, request=RunRequest(command=command), callbacks=callbacks)
    finally:
        # Only the figures of a trial are needed: the best setting is trained again under the study's seeds.
        discard_weights(path)
    # The figures of a run are of whole splits and of the task's own metrics; others are computed from predictions.
    if not objective.reserve and not objective.added:
        return _pick(metrics["splits"].get(objective.split, {}), objective)
    # A trial is read like a run of the study; only the run's id is missing.
    result = read_run(PlannedRun("", path.name, config["seed"], path.name), path, objective.split)
    if result.predictions is None:
        raise ConfigurationError(
            f"the split '{objective.split}' has no gold labels", path="split", hint="name another split"
        )
    chosen = result.predictions
    if objective.reserve:
        chosen = chosen.only(rows_of(chosen.indices, objective.reserve, "choose"))
    task, _ = task_with(result.task, objective.added)
    return _pick(evaluate(task, chosen.predictions, chosen.labels), objective)


def _pick(figures: Mapping[str, float], objective: SearchObjective) -> float:
    """Return the figure that the search optimises.

    Raises:
        ConfigurationError: it is not among the figures.
    """
    if objective.metric not in figures:
        hint = suggest(objective.metric, figures, f"figures of {objective.split}")
        raise ConfigurationError(f"there is no figure '{objective.metric}'", path="metric", hint=hint)
    return float(figures[objective.metric])


class PruningCallback(TrainerCallback):
    """Stops a trial that does worse than earlier trials at the same step.

    ``train(params, folder, callbacks=[PruningCallback(trial, objective)])``

    Parameters:
        trial: receives the figure of every evaluation.
        objective: the figure.

    Raises:
        TrialPruned: at an evaluation before the last.
    """

    def __init__(self, trial: optuna.Trial, objective: SearchObjective) -> None:
        self._trial = trial
        self._objective = objective

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        # The Trainer prefixes the figures of each split.
        prefix = f"eval_{self._objective.split}_"
        own = {name.removeprefix(prefix): value for name, value in (metrics or {}).items() if name.startswith(prefix)}
        self._trial.report(_pick(own, self._objective), state.global_step)
        # At the last step the trial is finished anyway, and its result counts.
        if state.global_step < state.max_steps and self._trial.should_prune():
            raise optuna.TrialPruned(f"worse than the median at step {state.global_step}")
