"""Train the experiment of a config into a run folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainingArguments, set_seed

from spanreg.data.reading.contract import require_task
from spanreg.dictionaries.tables.artefact import write_dictionary
from spanreg.preparation import SpanCollator
from spanreg.registry import Params, in_file, within
from spanreg.storage import files_below, record_files, whole_folder, write_manifest
from spanreg.training.config.assembly import TRAIN, AssembledExperiment, assemble, default_segmenter
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.experiment_plan import ExperimentPlan, plan_experiment
from spanreg.training.config.precision import Precision, resolve_precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.evaluation.batch_predictor import BatchPredictor
from spanreg.training.evaluation.criterion import choose_criterion, require_gold_labels
from spanreg.training.evaluation.history import Figures
from spanreg.training.evaluation.split_evaluation import SplitEvaluation, evaluate_split, write_predictions
from spanreg.training.loop.processes import from_main, is_main_process, wait_for_all
from spanreg.training.loop.run_callbacks import EvaluationPredictions, LogLines, closed_after
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.runs.attachments import save_attachments
from spanreg.training.runs.claim import ExistingRunPolicy, claim_run, require_claimable
from spanreg.training.runs.model_card import CARD, model_card
from spanreg.training.runs.reader import finished_run
from spanreg.training.runs.record import RunRequest, describe_training, record_start
from spanreg.training.runs.resuming import finished_already
from spanreg.training.runs.session import RunSession
from spanreg.training.serving.saved_inputs import FORMAT, SavedSettings, copy_inputs

logger = logging.getLogger(__name__)

__all__ = ["RunRequest", "train"]


def train(
    params: Params | ExperimentPlan,
    folder: Path,
    *,
    request: RunRequest | None = None,
    callbacks: Sequence[TrainerCallback] = (),
    resume: bool = True,
    restart: bool = False,
    force: bool = False,
    repair: bool = False,
) -> dict[str, Any]:
    """Fine-tune one experiment, write its run folder, and return the content of ``metrics.json``.

    ``train(Params.from_file("configs/tiny.jsonnet"), Path("run"))["splits"]``; a SIGINT or SIGTERM stops it after a
    checkpoint, a second one immediately.

    Args:
        params: the resolved config, or its plan.
        folder: the run folder.
        request: the config file and the command line, for the record.
        callbacks: further callbacks of the Trainer, such as progress bars.
        resume: continue a stopped run, and keep a finished one as it is; False is ``restart``.
        restart: start a run of this config again from the beginning.
        force: replace a run, even if its config differs.
        repair: start a run again if it is damaged or of another config; otherwise resume it.

    Raises:
        ConfigurationError: config, data or folder cannot be used, memory or disk are full, or the loss is not finite.
    """
    plan = plan_experiment(params)
    config, file, experiment = plan.params.as_dict(quiet=True), plan.params.origin.file, plan.construct()
    policy = _existing_run_policy(resume, restart, force, repair)
    if (known := _finished_metrics(folder, config, policy)) is not None:
        return known
    with in_file(file):
        arguments, precision = _prepare_arguments(experiment, folder)
    with _claimed_by_main(folder, config, policy) as run:
        if run.is_complete:
            return finished_run(folder).read("metrics")
        with in_file(file):
            assembly = assemble(experiment)
            evaluator = SplitEvaluator(assembly, experiment.training.evaluation_batch_size, precision)
            trainer = _make_trainer(experiment, assembly, arguments, evaluator, run, callbacks)
            if is_main_process():
                record_start(run, config, assembly, request or RunRequest(), experiment.seed)
                settings = _save_inputs(run, experiment, assembly, precision)
        metrics = _fit(run, experiment, assembly, trainer, precision)
        if is_main_process():
            _write_results(run, assembly, settings, evaluator, metrics)
    return metrics


def _finished_metrics(folder: Path, config: Mapping[str, Any], policy: ExistingRunPolicy) -> dict[str, Any] | None:
    """Return the metrics of a run that is finished and stays as it is; None if there is something to train.

    It is called before data are read, or fetched from the hub, for the names of the splits.

    Raises:
        ConfigurationError: the folder cannot be used.
    """
    # Without the lock, since the folder of a finished run may not be writable.
    if policy == "resume" and (known := finished_already(folder, config)) is not None:
        return known
    if is_main_process():
        require_claimable(folder, config, policy)
    return None


def _prepare_arguments(experiment: Experiment, folder: Path) -> tuple[TrainingArguments, Precision]:
    """Return the Trainer's arguments and the precision; mistakes in them are reported before data are read."""
    with within("data"):
        splits = experiment.evaluation_splits
        task = require_task(experiment.data)
    choose_criterion(experiment.training, task, splits)
    device = training_device()
    precision = resolve_precision(experiment.training.precision, device)
    arguments = trainer_arguments(
        experiment.training,
        folder,
        seed=experiment.seed,
        precision=precision,
        device=device,
        evaluate=bool(splits),
    )
    return arguments, precision


def _existing_run_policy(resume: bool, restart: bool, force: bool, repair: bool) -> ExistingRunPolicy:
    """Return what to do with a run that is in the folder; the strongest of several flags counts."""
    if force:
        return "replace"
    if restart or not resume:
        return "restart"
    return "repair" if repair else "resume"


@contextmanager
def _claimed_by_main(folder: Path, config: Mapping[str, Any], policy: ExistingRunPolicy) -> Iterator[RunSession]:
    """Yield the session of a run. The first process of a distributed training locks and writes the folder."""
    with claim_run(folder, config, policy) if is_main_process() else nullcontext(RunSession(folder)) as run:
        # The other processes read checkpoints, so all must resume from the same one.
        run.take_over(from_main(run.earlier))
        yield run
        wait_for_all()


class SplitEvaluator:
    """Evaluates all evaluation splits of an experiment, and keeps the latest results.

    ``SplitEvaluator(assembly, batch_size=64, precision="fp32")()["validation"]``

    Parameters:
        assembly: model, task and splits.
        batch_size: examples in a batch.
        precision: number format of the matrix products.
    """

    def __init__(self, assembly: AssembledExperiment, batch_size: int, precision: Precision) -> None:
        self.task = assembly.task
        self.splits = {name: prepared for name, prepared in assembly.splits.items() if name != TRAIN}
        self.predictor = BatchPredictor(
            assembly.model, SpanCollator(assembly.tokenizer), batch_size, precision, assembly.task.bounds
        )
        self.latest: dict[str, SplitEvaluation] = {}

    def __call__(self) -> Figures:
        """Return metrics by split, then by name."""
        self.latest = {
            name: evaluate_split(self.task, prepared, self.predictor) for name, prepared in self.splits.items()
        }
        return {name: result.figures for name, result in self.latest.items()}


def _make_trainer(
    experiment: Experiment,
    assembly: AssembledExperiment,
    arguments: TrainingArguments,
    evaluator: SplitEvaluator,
    run: RunSession,
    callbacks: Sequence[TrainerCallback],
) -> SpanTrainer:
    """Return the trainer of a run; wrong groups of weights and missing labels are reported here."""
    options = experiment.training
    criterion = choose_criterion(options, assembly.task, list(evaluator.splits))
    require_gold_labels(options, criterion, {name: split.labelled for name, split in assembly.splits.items()})
    ours = [LogLines(), EvaluationPredictions(lambda: evaluator.latest, run.evaluation_of)]
    trainer = SpanTrainer(
        assembly.model,
        assembly.splits[TRAIN],
        SpanCollator(assembly.tokenizer),
        options,
        arguments,
        evaluator,
        criterion,
        run.checkpoints,
        [*ours, *options.callbacks, *callbacks],
    )
    # The Trainer makes the groups when it starts, after an earlier run is replaced; a mistake must show before that.
    trainer.make_groups(assembly.model)
    # A seed for each process, so that they do not all drop the same values.
    set_seed(experiment.seed + arguments.process_index)
    return trainer


def _save_inputs(
    run: RunSession, experiment: Experiment, assembly: AssembledExperiment, precision: Precision
) -> SavedSettings:
    """Copy the dictionaries into the run, and return its settings, so that the folder alone is enough later."""
    if experiment.dictionary is not None:
        write_dictionary(experiment.dictionary.table(), run.dictionary)
    segmenter = experiment.segmenter.given if experiment.segmenter else default_segmenter(experiment.dictionary)
    config = {"type": segmenter} if isinstance(segmenter, str) else segmenter
    return SavedSettings(
        format=FORMAT,
        task=asdict(assembly.task),
        segmenter=save_attachments(config, run.path, experiment.data),
        max_tokens=assembly.max_tokens,
        batch_size=experiment.training.evaluation_batch_size,
        precision=precision,
        truncation=experiment.training.truncation,
        max_spans=experiment.training.max_spans,
        layout=experiment.data.layout.to_json(),
    )


def _fit(
    run: RunSession, experiment: Experiment, assembly: AssembledExperiment, trainer: SpanTrainer, precision: Precision
) -> dict[str, Any]:
    """Train from the run's checkpoint, or from the beginning; return the content of ``metrics.json``."""
    run.start_training()
    options = experiment.training
    with closed_after(options.callbacks):
        metrics = describe_training(assembly, trainer, trainer.run(run.checkpoint), precision)
    # A run that ends with its best weights can only be continued from a folder that has their checkpoint.
    with_best = options.keep_best or (options.load == "best" and options.keep > 0)
    run.keep_checkpoints(trainer.kept_steps(options.keep, with_best=with_best))
    return metrics


def _write_results(
    run: RunSession,
    assembly: AssembledExperiment,
    settings: SavedSettings,
    evaluator: SplitEvaluator,
    metrics: dict[str, Any],
) -> None:
    """Write settings, predictions, metrics and the model folder, which reads the files written before it."""
    run.write("inference", asdict(settings))
    for split, result in evaluator.latest.items():
        write_predictions(run.predictions_of(split), result)
    run.write("metrics", metrics)
    with whole_folder(run.model) as temporary:
        assembly.model.save_pretrained(temporary)
        assembly.tokenizer.save_pretrained(temporary)
        copy_inputs(run.path, temporary)
        (temporary / CARD).write_text(model_card(run, temporary), encoding="utf-8")
        write_manifest(temporary, record_files(temporary, files_below(temporary)))
