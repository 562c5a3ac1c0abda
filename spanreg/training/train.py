"""From a config to a finished run folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainingArguments, set_seed

from spanreg.dictionaries.artefact import write_dictionary
from spanreg.preparation import SpanCollator
from spanreg.registry import Params, in_file, within
from spanreg.storage import whole_folder, write_text
from spanreg.training.arguments import trainer_arguments
from spanreg.training.assembly import TRAIN, Assembly, assemble, default_segmenter
from spanreg.training.attachments import save_attachments
from spanreg.training.callbacks import LogLines, closed_after
from spanreg.training.checkpoints import Checkpoint
from spanreg.training.claim import claim_run
from spanreg.training.evaluation import Evaluated, evaluate_split, write_predictions
from spanreg.training.evaluations import Figures
from spanreg.training.experiment import Experiment
from spanreg.training.fit import require_fit
from spanreg.training.inference import Scorer
from spanreg.training.model_card import CARD, model_card
from spanreg.training.precision import Precision, resolve_precision, training_device
from spanreg.training.processes import from_main, is_main_process, wait_for_all
from spanreg.training.record import Given, describe_training, record_start
from spanreg.training.resuming import finished_already
from spanreg.training.run_folder import RunFolder
from spanreg.training.saved_inputs import FORMAT, SavedSettings
from spanreg.training.selection import choose_criterion
from spanreg.training.trainer import SpanTrainer

logger = logging.getLogger(__name__)

__all__ = ["Given", "train"]


def train(
    params: Params,
    folder: Path,
    *,
    given: Given | None = None,
    callbacks: Sequence[TrainerCallback] = (),
    force: bool = False,
    resume: bool = False,
) -> dict[str, Any]:
    """Fine-tunes one experiment and writes its run folder.

    SIGINT and SIGTERM end it after the step, when a checkpoint is written; a second one ends it at once.

    Args:
        params: the resolved config; it is not changed.
        folder: the run folder; a run that is there already is described under ``claim_run``.
        given: how the run was asked for.
        callbacks: further callbacks of the Trainer, progress bars among them.
        force: replace a run that is there.
        resume: go on with a run that is there, from its latest checkpoint; a finished one is left as it is.

    Returns:
        What ``metrics.json`` says.

    Raises:
        ConfigurationError: config, data or folder cannot be used, memory or disk do not do, the loss is not finite.
    """
    config = params.as_dict(quiet=True)
    experiment = Experiment.from_params(params.duplicate())
    require_fit(params)
    with in_file(params.origin.file):
        arguments, precision = _arguments(experiment, folder)
    if resume and (known := finished_already(RunFolder(folder), config)) is not None:
        return known
    with _claimed_by_main(folder, config, force=force, resume=resume) as run:
        with in_file(params.origin.file):
            assembly = assemble(experiment, config)
            scoring = Scoring(assembly, experiment.training.evaluation_batch_size, precision)
            trainer = _make_trainer(experiment, assembly, arguments, scoring, run, callbacks)
            if is_main_process():
                record_start(run, config, assembly, given or Given(), experiment.seed)
                settings = _keep_spans(run, experiment, assembly, precision, config.get("segmenter"))
        run.training_began = True
        with closed_after(experiment.training.callbacks):
            metrics = describe_training(assembly, trainer, trainer.run(_where_to_begin(run)), precision)
        if is_main_process():
            _write_results(run, assembly, settings, scoring, metrics)
            run.kept = trainer.kept_steps(experiment.training.keep, with_best=experiment.training.keep_best)
        wait_for_all()
    return metrics


@contextmanager
def _claimed_by_main(folder: Path, config: Mapping[str, Any], *, force: bool, resume: bool) -> Iterator[RunFolder]:
    """The run folder, held by the first process; the others of a distributed training only read checkpoints there."""
    with (
        claim_run(folder, config, force=force, resume=resume)
        if is_main_process()
        else nullcontext(RunFolder(folder)) as run
    ):
        run.resumed = from_main(run.resumed)
        yield run


def _where_to_begin(run: RunFolder) -> Checkpoint | None:
    """The checkpoint that a resumed run goes on from."""
    if not run.resumed:
        return None
    checkpoint = run.checkpoints.latest()
    if checkpoint is None:
        logger.warning("there is no whole checkpoint in %s: the run begins anew", run.path)
    else:
        logger.info("going on from the checkpoint of step %d", checkpoint.step)
    return checkpoint


def _write_results(
    run: RunFolder, assembly: Assembly, settings: SavedSettings, scoring: Scoring, metrics: dict[str, Any]
) -> None:
    with whole_folder(run.model) as temporary:
        assembly.model.save_pretrained(temporary)
        assembly.tokenizer.save_pretrained(temporary)
    run.write("inference", asdict(settings))
    for split, result in scoring.latest.items():
        write_predictions(run.predictions / f"{split}.jsonl", result)
    run.write("metrics", metrics)
    write_text(run.model / CARD, model_card(run))


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
    choose_criterion(experiment.training, experiment.data.task, splits)
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
    run: RunFolder,
    callbacks: Sequence[TrainerCallback],
) -> SpanTrainer:
    options = experiment.training
    trainer = SpanTrainer(
        assembly.model,
        assembly.splits[TRAIN],
        SpanCollator(assembly.tokenizer),
        options,
        arguments,
        scoring,
        choose_criterion(options, assembly.task, list(scoring.splits)),
        run.checkpoints,
        [LogLines(), *options.callbacks, *callbacks],
    )
    trainer.make_groups(assembly.model)
    # every process of several drops out other values
    set_seed(experiment.seed + arguments.process_index)
    return trainer


def _keep_spans(
    run: RunFolder,
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
    )
