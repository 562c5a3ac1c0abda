"""From a config to a finished run folder."""

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
from spanreg.training.config.assembly import TRAIN, Assembly, assemble, default_segmenter
from spanreg.training.config.compatibility import require_fit
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.precision import Precision, resolve_precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.evaluation.batch_predictor import Scorer
from spanreg.training.evaluation.criterion import choose_criterion, require_gold_labels
from spanreg.training.evaluation.history import Figures
from spanreg.training.evaluation.split_evaluation import Evaluated, evaluate_split, write_predictions
from spanreg.training.loop.processes import from_main, is_main_process, wait_for_all
from spanreg.training.loop.run_callbacks import EvaluationPredictions, LogLines, closed_after
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.runs.attachments import save_attachments
from spanreg.training.runs.claim import Existing, claim_run
from spanreg.training.runs.model_card import CARD, model_card
from spanreg.training.runs.reader import finished_run
from spanreg.training.runs.record import Given, describe_training, record_start
from spanreg.training.runs.resuming import finished_already
from spanreg.training.runs.session import RunSession
from spanreg.training.serving.saved_inputs import FORMAT, SavedSettings, copy_inputs

logger = logging.getLogger(__name__)

__all__ = ["Given", "train"]


def train(
    params: Params,
    folder: Path,
    *,
    given: Given | None = None,
    callbacks: Sequence[TrainerCallback] = (),
    resume: bool = True,
    restart: bool = False,
    force: bool = False,
    repair: bool = False,
) -> dict[str, Any]:
    """Fine-tune one experiment, write its run folder, and return what ``metrics.json`` says.

    SIGINT and SIGTERM end it after the step, when a checkpoint is written; a second one ends it at once.

    Args:
        params: the resolved config; it is not changed.
        folder: the run folder.
        given: how the run was asked for.
        callbacks: further ones of the Trainer, progress bars among them.
        resume: continue a stopped run, and leave a finished one as it is; off, it is ``restart``.
        restart: start a run of this config over.
        force: replace a run, whatever its config.
        repair: start a run over if it is damaged or of another config, and otherwise resume it.

    Raises:
        ConfigurationError: config, data or folder cannot be used, memory or disk do not do, the loss is not finite.
    """
    config = params.as_dict(quiet=True)
    experiment = Experiment.from_params(params.duplicate())
    require_fit(params)
    with in_file(params.origin.file):
        arguments, precision = _arguments(experiment, folder)
    existing = _existing(resume, restart, force, repair)
    if existing == "resume" and (known := finished_already(folder, config)) is not None:
        return known
    with _claimed_by_main(folder, config, existing) as run:
        if run.is_complete:
            return finished_run(folder).read("metrics")
        with in_file(params.origin.file):
            assembly = assemble(experiment, config)
            scoring = Scoring(assembly, experiment.training.evaluation_batch_size, precision)
            trainer = _make_trainer(experiment, assembly, arguments, scoring, run, callbacks)
            if is_main_process():
                record_start(run, config, assembly, given or Given(), experiment.seed)
                settings = _keep_spans(run, experiment, assembly, precision, config.get("segmenter"))
        metrics = _fit(run, experiment, assembly, trainer, precision)
        if is_main_process():
            _write_results(run, assembly, settings, scoring, metrics)
    return metrics


def _fit(
    run: RunSession, experiment: Experiment, assembly: Assembly, trainer: SpanTrainer, precision: Precision
) -> dict[str, Any]:
    """Train from the run's checkpoint, or from the beginning; return what ``metrics.json`` says."""
    run.training_began = True
    options = experiment.training
    with closed_after(options.callbacks):
        metrics = describe_training(assembly, trainer, trainer.run(run.checkpoint), precision)
    # a run that ends with its best weights can only continue where their checkpoint is
    with_best = options.keep_best or (options.load == "best" and options.keep > 0)
    run.kept = trainer.kept_steps(options.keep, with_best=with_best)
    return metrics


def _existing(resume: bool, restart: bool, force: bool, repair: bool) -> Existing:
    """Return what becomes of a run that is there; of several wishes the strongest counts."""
    if force:
        return "replace"
    if restart or not resume:
        return "restart"
    return "repair" if repair else "resume"


@contextmanager
def _claimed_by_main(folder: Path, config: Mapping[str, Any], existing: Existing) -> Iterator[RunSession]:
    """Yield the run folder, held by the first process; the others of a distributed training only read checkpoints."""
    with claim_run(folder, config, existing) if is_main_process() else nullcontext(RunSession(folder)) as run:
        run.checkpoint, run.is_complete = from_main((run.checkpoint, run.is_complete))
        yield run
        wait_for_all()


def _write_results(
    run: RunSession, assembly: Assembly, settings: SavedSettings, scoring: Scoring, metrics: dict[str, Any]
) -> None:
    run.write("inference", asdict(settings))
    for split, result in scoring.latest.items():
        write_predictions(run.predictions_of(split), result)
    run.write("metrics", metrics)
    with whole_folder(run.model) as temporary:
        assembly.model.save_pretrained(temporary)
        assembly.tokenizer.save_pretrained(temporary)
        copy_inputs(run.path, temporary)
        (temporary / CARD).write_text(model_card(run, temporary), encoding="utf-8")
        write_manifest(temporary, record_files(temporary, files_below(temporary)))


class Scoring:
    """Scores all evaluation splits, and keeps the latest results.

    Parameters:
        assembly: model, task and splits.
        batch_size: examples a batch.
        precision: number format of the matrix products.
    """

    def __init__(self, assembly: Assembly, batch_size: int, precision: Precision) -> None:
        self.task = assembly.task
        self.splits = {name: prepared for name, prepared in assembly.splits.items() if name != TRAIN}
        self.scorer = Scorer(
            assembly.model, SpanCollator(assembly.tokenizer), batch_size, precision, assembly.task.bounds
        )
        self.latest: dict[str, Evaluated] = {}

    def __call__(self) -> Figures:
        """Figures by split, then by name."""
        self.latest = {name: evaluate_split(self.task, prepared, self.scorer) for name, prepared in self.splits.items()}
        return {name: result.figures for name, result in self.latest.items()}


def _arguments(experiment: Experiment, folder: Path) -> tuple[TrainingArguments, Precision]:
    """What can be told from the config and the names of the splits alone, so that a mistake is told at once."""
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


def _make_trainer(
    experiment: Experiment,
    assembly: Assembly,
    arguments: TrainingArguments,
    scoring: Scoring,
    run: RunSession,
    callbacks: Sequence[TrainerCallback],
) -> SpanTrainer:
    options = experiment.training
    criterion = choose_criterion(options, assembly.task, list(scoring.splits))
    require_gold_labels(options, criterion, {name: split.labelled for name, split in assembly.splits.items()})
    trainer = SpanTrainer(
        assembly.model,
        assembly.splits[TRAIN],
        SpanCollator(assembly.tokenizer),
        options,
        arguments,
        scoring,
        criterion,
        run.checkpoints,
        [LogLines(), EvaluationPredictions(lambda: scoring.latest, run.evaluation_of), *options.callbacks, *callbacks],
    )
    trainer.make_groups(assembly.model)
    # every process of several drops out other values
    set_seed(experiment.seed + arguments.process_index)
    return trainer


def _keep_spans(
    run: RunSession,
    experiment: Experiment,
    assembly: Assembly,
    precision: Precision,
    segmenter: Mapping[str, Any] | str | None,
) -> SavedSettings:
    """Copies the dictionaries, so that nothing outside of the folder is asked for later."""
    if experiment.dictionary is not None:
        write_dictionary(experiment.dictionary.table(), run.dictionary)
    if segmenter is None:
        segmenter = default_segmenter(experiment.dictionary)
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
