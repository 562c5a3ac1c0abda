"""From an experiment to prepared data and a model."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from datasets import Dataset
from torch import Tensor
from transformers import PreTrainedTokenizerBase, set_seed

from spanreg.data.base import DatasetReader, Task
from spanreg.data.reading.contract import require_shared_columns, require_task
from spanreg.dictionaries.base import SpanDictionary
from spanreg.metrics import require_fitting_metrics
from spanreg.metrics.task_metrics import task_with
from spanreg.model import SpanModel
from spanreg.model.building import require_fitting_head
from spanreg.preparation import PreparedSplit, SpanCollator, prepare
from spanreg.preparation.truncation import SpanBudget, Truncation
from spanreg.registry import ConfigurationError, Lazy, within
from spanreg.segmenters.base import Segmenter
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.sound_parts import require_sound_parts

logger = logging.getLogger(__name__)

TRAIN = "train"
_FEW = 3
"Examples that parts of others are tried on."
_SEARCHED = 1000
"Texts that are searched at a time."

_MOST_LABELS = 20
"Labels that a line of the log names."


@dataclass(frozen=True, slots=True)
class Assembly:
    """All that training works on."""

    task: Task
    tokenizer: PreTrainedTokenizerBase
    segmenter: Segmenter
    max_tokens: int
    "Longest sequence, special tokens included."
    splits: dict[str, PreparedSplit]
    "The training set first, then the evaluation splits."
    model: SpanModel


def assemble(experiment: Experiment, config: Mapping[str, Any]) -> Assembly:
    """Reads the data, prepares them and builds the model.

    Weights depend on the seed alone, not on whether the data were prepared before.

    Args:
        experiment: what to assemble.
        config: the plain JSON that it was made from; the model keeps its own part of it.

    Raises:
        ConfigurationError: data, encoder or dictionary cannot be had, or do not fit one another; or the head is for
            another kind of task, which is found before anything is read.
    """
    task = _task(experiment)
    require_fitting_head(config.get("head"), task.kind)
    _show_labels(task)
    sources = read_splits(experiment)
    set_seed(experiment.seed)
    encoder = experiment.encoder.construct(texts=_texts(sources[TRAIN]))
    with within("encoder"):
        tokenizer = encoder.tokenizer
        longest = encoder.max_tokens  # asks the encoder's parts, so a pooler that it lacks is told of here
    max_tokens = token_limit(experiment.training.max_tokens, longest)
    budget = span_budget(experiment.training.truncation, max_tokens, experiment.training.max_spans)
    if experiment.dictionary is not None:
        with within("dictionary"):
            experiment.dictionary.table()
    segmenter = build_segmenter(experiment.segmenter, experiment.dictionary, experiment.data)
    splits = {
        name: prepare(
            source,
            tokenizer=tokenizer,
            segmenter=segmenter.for_split(name),
            max_tokens=max_tokens,
            budget=budget,
            dictionary=experiment.dictionary,
        )
        for name, source in sources.items()
    }
    _require_labels(splits[TRAIN])
    _tell_of_absent_classes(task, splits[TRAIN])
    _warn_of_absent_ngrams(experiment.dictionary, splits[TRAIN], sources[TRAIN])
    set_seed(experiment.seed)
    with within("encoder"):
        encoder.load()
    model = SpanModel.assemble(encoder, config, task.labels, segmenter.layers, task.kind)
    require_sound_parts(model, lambda: _few(splits[TRAIN], tokenizer))
    return Assembly(task, tokenizer, segmenter, max_tokens, splits, model)


def _task(experiment: Experiment) -> Task:
    """Return the task of the data, with the metric of ``training.metric`` if that is a config."""
    with within("data"):
        task = require_task(experiment.data)
        require_fitting_metrics(task)
    if isinstance(experiment.training.metric, Lazy):
        with within("training.metric"):
            task, _ = task_with(task, experiment.training.metric)
            require_fitting_metrics(task)
    return task


def _few(train: PreparedSplit, tokenizer: PreTrainedTokenizerBase) -> Mapping[str, Tensor]:
    """Return the first examples as a batch."""
    return SpanCollator(tokenizer)([train.dataset[row] for row in range(min(_FEW, len(train.dataset)))])


def _show_labels(task: Task) -> None:
    """Log what is asked, since it may have been inferred from the data."""
    listed = ", ".join(task.labels[:_MOST_LABELS])
    more = f" and {len(task.labels) - _MOST_LABELS} more" if len(task.labels) > _MOST_LABELS else ""
    what = f"the labels, in the order of their ids, are {listed}{more}" if task.labels else "labels are real values"
    logger.info("%s (%s): %s", task.name, task.kind, what)


def read_splits(experiment: Experiment) -> dict[str, Dataset]:
    """The training set and the evaluation splits as their reader gives them."""
    with within("data"):
        names = [TRAIN, *experiment.evaluation_splits]
        sources = {name: require_shared_columns(experiment.data, name, experiment.data.read(name)) for name in names}
    for name, source in sources.items():
        logger.info("%s: %d examples", name, len(source))
        if not len(source):
            raise ConfigurationError(f"the split '{name}' is empty", path="data", hint="give data with examples in it")
    return sources


def token_limit(asked: int | None, longest: int) -> int:
    """Return the longest sequence of a run.

    Args:
        asked: what the config says; None: as long as the encoder allows.
        longest: what the encoder allows.

    Raises:
        ConfigurationError: more than the encoder has positions for.
    """
    if asked is not None and asked > longest:
        raise ConfigurationError(
            f"{asked} tokens are more than the encoder's {longest} positions",
            path="training.max_tokens",
            hint=f"give at most {longest}, or null for the encoder's own limit",
        )
    return asked or longest


def span_budget(truncation: Truncation, max_tokens: int, max_spans: int | None) -> SpanBudget | None:
    """Return what limits the spans of a run; None where truncation does not go by spans.

    Raises:
        ConfigurationError: the limits leave nothing of a pair's sentences.
    """
    with within("training"):
        return SpanBudget(max_tokens, max_spans) if truncation == "released" else None


def build_segmenter(
    lazy: Lazy[Segmenter] | None, dictionary: SpanDictionary | None, data: DatasetReader | None = None
) -> Segmenter:
    """The segmenter of a config; without one, the longest match where there is a dictionary, otherwise single words."""
    chosen = lazy or Lazy(Segmenter, {"type": default_segmenter(dictionary)})
    # None is not handed down: a segmenter that cannot do without a dictionary is then told of by its key.
    offered = {"dictionary": dictionary, "data": data}
    return chosen.construct(**{name: value for name, value in offered.items() if value is not None})


def default_segmenter(dictionary: SpanDictionary | None) -> str:
    """Name of the segmenter where a config has none."""
    return "single" if dictionary is None else "max_match"


def _texts(source: Dataset) -> Sequence[str]:
    """Every sentence of a split, both of a pair."""
    return [text for column in ("text", "pair") if column in source.column_names for text in source[column]]


def _require_labels(train: PreparedSplit) -> None:
    """Every training example has a label, and one that can be learned."""
    columns = train.dataset.with_format("numpy")
    numbers = str(getattr(train.dataset.features["labels"], "dtype", "")).startswith("float")
    labels = np.asarray(columns["labels"][:]) if numbers else None
    wrong = np.empty(0) if labels is None else np.flatnonzero(~np.isfinite(labels))
    if wrong.size:
        idx, label = columns["idx"][int(wrong[0])], labels[wrong[0]] if labels is not None else None
        raise ConfigurationError(
            f"{wrong.size} labels of the training set are not finite, the first {label} at idx {idx}",
            path="data",
            hint="mend them, or leave these examples out of the split 'train'",
        )
    if not train.labelled:
        raise ConfigurationError(
            "the training set has examples without a label", path="data", hint="leave them out of the split 'train'"
        )


def _warn_of_absent_ngrams(dictionary: SpanDictionary | None, train: PreparedSplit, source: Dataset) -> None:
    """Warn of a dictionary of other texts; a segmenter may also pass over n-grams that the texts have."""
    count = 0 if dictionary is None else dictionary.table().num_rows
    if dictionary is None or not count or train.statistics.dictionary_coverage:
        return
    if _occurs_in(dictionary, _texts(source)):
        logger.info("none of the segmenter's spans is one of the dictionary's %d n-grams", count)
    else:
        logger.warning(
            "none of the dictionary's %d n-grams stands in the training texts: give one of texts that are like them",
            count,
        )


def _occurs_in(dictionary: SpanDictionary, texts: Sequence[str]) -> bool:
    """Return whether an n-gram of the dictionary occurs in one of the texts: the longest match finds any."""
    matcher: Segmenter = Segmenter.by_name("max_match")(dictionary=dictionary)
    batches = (texts[start : start + _SEARCHED] for start in range(0, len(texts), _SEARCHED))
    return any(not matcher.begins(matcher.word_rule.words_of(batch)).all() for batch in batches)


def _tell_of_absent_classes(task: Task, train: PreparedSplit) -> None:
    """A class without a training example cannot be learned; data that were cut short may lack one on purpose."""
    if task.kind != "classification":
        return
    seen = set(np.unique(train.dataset.with_format("numpy")["labels"][:]).tolist())
    absent = [f"'{label}'" for place, label in enumerate(task.labels) if place not in seen]
    if absent:
        logger.warning(
            "no training example is labelled %s, which cannot be learned. Give some, or leave it out of the labels",
            " or ".join(absent),
        )
