"""Assemble an experiment: read and prepare its data, and build its model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase, set_seed

from spanreg.data.base import DatasetReader, Task
from spanreg.data.reading.contract import require_shared_columns, require_task
from spanreg.dictionaries.base import SpanDictionary
from spanreg.metrics import require_fitting_metrics
from spanreg.metrics.task_metrics import task_with
from spanreg.model import SpanModel
from spanreg.model.parts import require_fitting_head
from spanreg.preparation import PreparedSplit, SpanCollator, prepare
from spanreg.preparation.truncation import SpanBudget, Truncation
from spanreg.registry import ConfigurationError, Lazy, within
from spanreg.segmenters.base import Segmenter
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.sound_parts import require_sound_parts

logger = logging.getLogger(__name__)

TRAIN = "train"
_TRIAL_SIZE = 3
"Examples on which a user's parts are tried."
_SEARCH_SIZE = 1000
"Texts that are searched at a time."
_SHOWN_LABELS = 20
"Labels that a log line names."


@dataclass(frozen=True, slots=True)
class AssembledExperiment:
    """Task, prepared splits and model of an experiment.

    ``assemble(plan_experiment(params).construct()).model``
    """

    task: Task
    tokenizer: PreTrainedTokenizerBase
    segmenter: Segmenter
    max_tokens: int
    "Longest sequence, special tokens included."
    splits: dict[str, PreparedSplit]
    "The training set first, then the evaluation splits."
    model: SpanModel


def assemble(experiment: Experiment) -> AssembledExperiment:
    """Read and prepare the data, and construct the planned parts of the model with the values that run time knows.

    Raises:
        ConfigurationError: data, encoder or dictionary cannot be read, or do not fit one another; or the head is for
            another kind of task.
    """
    task = task_of(experiment)
    require_fitting_head(experiment.head, task.kind)  # before anything is read, which may take minutes
    _show_labels(task)
    sources = read_splits(experiment)
    set_seed(experiment.seed)
    encoder = experiment.encoder.construct(texts=all_sentences(sources[TRAIN]))
    # The tokenizer and the limits are needed now, the weights only after the data are prepared: a mistake in the data
    # must not wait for them.
    with within("encoder"):
        tokenizer = encoder.tokenizer
        longest = encoder.max_tokens  # reads the encoder's config, so that a wrong pooler shows here
    max_tokens = token_limit(experiment.training.max_tokens, longest)
    budget = span_budget(experiment.training.truncation, max_tokens, experiment.training.max_spans)
    if experiment.dictionary is not None:
        # Sampled or read now, so that its errors have the key of the dictionary and not that of the segmenter.
        with within("dictionary"):
            experiment.dictionary.table()
    segmenter = build_segmenter(experiment.segmenter, experiment.dictionary, experiment.data)
    splits = {
        name: prepare(
            source,
            tokenizer=tokenizer,
            segmenter=segmenter.for_split(name),  # a control may treat only the training texts otherwise
            max_tokens=max_tokens,
            budget=budget,
            dictionary=experiment.dictionary,
            regression=task.kind == "regression",
        )
        for name, source in sources.items()
    }
    _require_labels(splits[TRAIN])
    _warn_of_absent_classes(task, splits[TRAIN])
    _warn_of_absent_ngrams(experiment.dictionary, splits[TRAIN], sources[TRAIN])
    # Again: weights must not depend on whether the data were prepared now or before.
    set_seed(experiment.seed)
    with within("encoder"):
        encoder.load()
    model = SpanModel.assemble(encoder, experiment.components, task.labels, segmenter.layers, task.kind)
    train = splits[TRAIN].dataset
    require_sound_parts(
        model, lambda: SpanCollator(tokenizer)([train[row] for row in range(min(_TRIAL_SIZE, len(train)))])
    )
    return AssembledExperiment(task, tokenizer, segmenter, max_tokens, splits, model)


def task_of(experiment: Experiment) -> Task:
    """Return the task of the data, with the metric of ``training.metric`` if that is a config."""
    with within("data"):
        task = require_task(experiment.data)
        require_fitting_metrics(task)
    if isinstance(experiment.training.metric, Lazy):
        with within("training.metric"):
            task, _ = task_with(task, experiment.training.metric)
            require_fitting_metrics(task)
    return task


def _show_labels(task: Task) -> None:
    """Log the labels, which may have been inferred from the data."""
    listed = ", ".join(task.labels[:_SHOWN_LABELS])
    more = f" and {len(task.labels) - _SHOWN_LABELS} more" if len(task.labels) > _SHOWN_LABELS else ""
    what = f"the labels, in the order of their ids, are {listed}{more}" if task.labels else "labels are real values"
    logger.info("%s (%s): %s", task.name, task.kind, what)


def read_splits(experiment: Experiment) -> dict[str, Dataset]:
    """Return the training set and the evaluation splits, not yet prepared."""
    with within("data"):
        names = [TRAIN, *experiment.evaluation_splits]
        sources = {name: require_shared_columns(experiment.data, name, experiment.data.read(name)) for name in names}
    for name, source in sources.items():
        logger.info("%s: %d examples", name, len(source))
        if not len(source):
            raise ConfigurationError(f"the split '{name}' is empty", path="data", hint="give data with examples in it")
    return sources


def token_limit(requested: int | None, longest: int) -> int:
    """Return the largest number of tokens of a sequence.

    Args:
        requested: ``training.max_tokens``; None: the limit of the encoder.
        longest: limit of the encoder.

    Raises:
        ConfigurationError: it is above the limit of the encoder.
    """
    if requested is not None and requested > longest:
        raise ConfigurationError(
            f"{requested} tokens are more than the encoder's {longest} positions",
            path="training.max_tokens",
            hint=f"give at most {longest}, or null for the encoder's own limit",
        )
    return requested or longest


def span_budget(truncation: Truncation, max_tokens: int, max_spans: int | None) -> SpanBudget | None:
    """Return the limits of truncation by spans; None if the config truncates otherwise.

    Raises:
        ConfigurationError: the limits leave no room for the sentences of a pair.
    """
    with within("training"):
        return SpanBudget(max_tokens, max_spans) if truncation == "released" else None


def build_segmenter(
    lazy: Lazy[Segmenter] | None, dictionary: SpanDictionary | None, data: DatasetReader | None = None
) -> Segmenter:
    """Return the segmenter of a config; default: ``max_match`` with a dictionary, otherwise ``single``."""
    chosen = lazy or Lazy(Segmenter, {"type": default_segmenter(dictionary)})
    # None is left out, so that the error for a segmenter that requires a dictionary names its key.
    offered = {"dictionary": dictionary, "data": data}
    return chosen.construct(**{name: value for name, value in offered.items() if value is not None})


def default_segmenter(dictionary: SpanDictionary | None) -> str:
    """Return the name of the default segmenter."""
    return "single" if dictionary is None else "max_match"


def all_sentences(source: Dataset) -> Sequence[str]:
    """Return all sentences of a split, both of a pair."""
    return [text for column in ("text", "pair") if column in source.column_names for text in source[column]]


def _require_labels(train: PreparedSplit) -> None:
    """Check that every training example has a label, and no real value is infinite or NaN.

    Raises:
        ConfigurationError: labels are missing or not finite.
    """
    # Label ids, and lists of them, are integers and always finite.
    if str(getattr(train.dataset.features["labels"], "dtype", "")).startswith("float"):
        columns = train.dataset.with_format("numpy")
        # The type, because some versions of datasets return NaN among objects. shape: (examples,)
        labels = np.asarray(columns["labels"][:], dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(labels))
        if wrong.size:
            first = int(wrong[0])
            raise ConfigurationError(
                f"{wrong.size} labels of the training set are not finite, the first {labels[first]} at idx"
                f" {columns['idx'][first]}",
                path="data",
                hint="correct them, or leave these examples out of the split 'train'",
            )
    if not train.labelled:
        raise ConfigurationError(
            "the training set has examples without a label", path="data", hint="leave them out of the split 'train'"
        )


def _warn_of_absent_ngrams(dictionary: SpanDictionary | None, train: PreparedSplit, source: Dataset) -> None:
    """Warn if no n-gram of the dictionary occurs in the training texts."""
    count = 0 if dictionary is None else dictionary.table().num_rows
    if dictionary is None or not count or train.statistics.dictionary_coverage:
        return
    # A segmenter may skip n-grams that do occur, such as those below a threshold.
    if _occurs_in(dictionary, all_sentences(source)):
        logger.info("none of the segmenter's spans is one of the dictionary's %d n-grams", count)
    else:
        logger.warning(
            "none of the dictionary's %d n-grams occurs in the training texts; use a dictionary of similar texts",
            count,
        )


def _occurs_in(dictionary: SpanDictionary, texts: Sequence[str]) -> bool:
    """Return whether an n-gram of the dictionary occurs in one of the texts: the longest match finds any."""
    matcher: Segmenter = Segmenter.by_name("max_match")(dictionary=dictionary)
    batches = (texts[start : start + _SEARCH_SIZE] for start in range(0, len(texts), _SEARCH_SIZE))
    return any(not matcher.begins(matcher.word_rule.words_of(batch)).all() for batch in batches)


def _warn_of_absent_classes(task: Task, train: PreparedSplit) -> None:
    """Warn of classes without a training example, which cannot be learned."""
    if task.kind != "classification":
        return
    # A warning, not an error: a small part of the data may lack a class on purpose.
    seen = set(np.unique(train.dataset.with_format("numpy")["labels"][:]).tolist())
    absent = [f"'{label}'" for place, label in enumerate(task.labels) if place not in seen]
    if absent:
        logger.warning(
            "no training example has the label %s, which cannot be learned; add some, or remove the label",
            " or ".join(absent),
        )
