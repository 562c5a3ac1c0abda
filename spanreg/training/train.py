"""From a config to a finished run folder."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainingArguments, set_seed

from spanreg.dictionaries.artefact import write_dictionary
from spanreg.metrics import main_metric
from spanreg.model import SpanModel
from spanreg.preparation import SpanCollator
from spanreg.registry import Params, in_file, within
from spanreg.storage import whole_folder, write_text
from spanreg.training.arguments import trainer_arguments
from spanreg.training.assembly import TRAIN, Assembly, assemble, default_segmenter
from spanreg.training.attachments import save_attachments
from spanreg.training.callbacks import LogLines, closed_after
from spanreg.training.environment import describe_environment
from spanreg.training.evaluation import Evaluated, evaluate_split, write_predictions
from spanreg.training.experiment import Experiment
from spanreg.training.fit import require_fit
from spanreg.training.inference import Scorer
from spanreg.training.model_card import CARD, model_card
from spanreg.training.precision import Precision, resolve_precision, training_device
from spanreg.training.run_folder import RunFolder, claim_run
from spanreg.training.saved_inputs import FORMAT, SavedSettings
from spanreg.training.selection import choose_criterion
from spanreg.training.trainer import Figures, SpanTrainer, Speed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Given:
    """How a run was asked for, for its record."""

    file: Path | None = None
    "The config file."
    command: Sequence[str] = ()
    "Arguments of the command line."


def train(
    params: Params,
    folder: Path,
    *,
    given: Given | None = None,
    callbacks: Sequence[TrainerCallback] = (),
    force: bool = False,
) -> dict[str, Any]:
    """Fine-tunes one experiment and writes its run folder.

    Args:
        params: the resolved config; it is not changed.
        folder: the run folder; a run that is there already is described under ``claim_run``.
        given: how the run was asked for.
        callbacks: further callbacks of the Trainer, progress bars among them.
        force: replace a run that is there.

    Returns:
        What ``metrics.json`` says.

    Raises:
        ConfigurationError: the config, the data or the folder cannot be used, or the loss is not finite.
    """
    config = params.as_dict(quiet=True)
    experiment = Experiment.from_params(params.duplicate())
    require_fit(params)
    precision = resolve_precision(experiment.training.precision, training_device())
    with in_file(params.origin.file):
        arguments = _arguments(experiment, folder, precision)
    with claim_run(folder, config, force=force) as run:
        with in_file(params.origin.file):
            assembly = assemble(experiment, config)
            _record_start(run, experiment, assembly, given or Given())
            settings = _keep_spans(run, experiment, assembly, precision, config.get("segmenter"))
            scoring = Scoring(assembly, experiment.training.evaluation_batch_size, precision)
            trainer = _make_trainer(experiment, assembly, arguments, scoring, callbacks)
        run.training_began = True
        with closed_after(experiment.training.callbacks):
            speed = trainer.run()
            if not trainer.evaluations or trainer.evaluations[-1]["step"] != trainer.state.global_step:
                trainer.evaluate()
        metrics = _metrics(assembly, trainer, speed, precision)
        with whole_folder(run.model) as temporary:
            assembly.model.save_pretrained(temporary)
            assembly.tokenizer.save_pretrained(temporary)
        run.write("inference", asdict(settings))
        _record_end(run, scoring, metrics)
    return metrics


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


def _arguments(experiment: Experiment, folder: Path, precision: Precision) -> TrainingArguments:
    """What can be told from the config and the names of the splits alone, so that a mistake is told at once."""
    with within("data"):
        splits = experiment.evaluation_splits
    choose_criterion(experiment.training, experiment.data.task, splits)
    return trainer_arguments(
        experiment.training,
        folder,
        seed=experiment.seed,
        precision=precision,
        device=training_device(),
        evaluate=bool(splits),
    )


def _make_trainer(
    experiment: Experiment,
    assembly: Assembly,
    arguments: TrainingArguments,
    scoring: Scoring,
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
        [LogLines(), *options.callbacks, *callbacks],
    )
    trainer.make_groups(assembly.model)
    set_seed(experiment.seed)
    return trainer


def _metrics(assembly: Assembly, trainer: SpanTrainer, speed: Speed, precision: Precision) -> dict[str, Any]:
    return {
        "task": assembly.task.name,
        "main": main_metric(assembly.task),
        "splits": trainer.evaluations[-1]["splits"],
        "training": {
            "steps": trainer.state.global_step,
            "epochs": round(trainer.state.epoch or 0.0, 6),
            "examples": speed.examples,
            "seconds": round(speed.seconds, 3),
            "examples_per_second": round(speed.examples_per_second, 2),
            "precision": precision,
            "device": trainer.args.device.type,
        },
        "parameters": count_parameters(assembly.model),
        **({"learned": learned} if (learned := assembly.model.aggregator.learned()) else {}),
        "curve": trainer.learning_curve(),
        "evaluations": trainer.evaluations,
    }


def count_parameters(model: SpanModel) -> dict[str, int]:
    """Numbers of trained and of all parameters, and of those of each part."""
    parts = {name: sum(weight.numel() for weight in part.parameters()) for name, part in model.named_children()}
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    return {"trained": trained, "all": sum(parts.values()), **parts}


def _record_start(run: RunFolder, experiment: Experiment, assembly: Assembly, given: Given) -> None:
    """Writes down where the run comes from and what its data are."""
    if given.file is not None:
        write_text(run.path / "config.jsonnet", given.file.read_text(encoding="utf-8"))
    run.write("environment", {**describe_environment(given.command), "seed": experiment.seed})
    run.write("data", {name: _describe(prepared) for name, prepared in assembly.splits.items()})


def _record_end(run: RunFolder, scoring: Scoring, metrics: Mapping[str, Any]) -> None:
    """Writes predictions, figures and what is to be said of the model."""
    for split, result in scoring.latest.items():
        write_predictions(run.predictions / f"{split}.jsonl", result)
    run.write("metrics", metrics)
    write_text(run.model / CARD, model_card(run))


def _describe(prepared: Any) -> dict[str, Any]:
    return {
        "examples": len(prepared.dataset),
        "fingerprint": prepared.data_fingerprint,
        "prepared": prepared.key,
        "spans": prepared.statistics.to_json(),
        "spans_sha256": prepared.spans_sha256,
        **({"layers": [layer.to_json() for layer in prepared.layers]} if len(prepared.layers) > 1 else {}),
    }


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
    )
