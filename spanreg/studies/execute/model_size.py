"""Weights and arithmetic of the model of a config, by building it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from spanreg.encoders.base import Encoder
from spanreg.model import SpanModel
from spanreg.registry import Params
from spanreg.studies.define.spaces.sizes import SizeMeasure
from spanreg.training.config.assembly import TRAIN, all_sentences, build_segmenter, read_splits, task_of
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.experiment_plan import plan_experiment
from spanreg.training.runs.differences import canonical

TOKENS = 128
"Tokens of the sequence whose arithmetic is counted, or the encoder's limit if that is lower."


class ModelSizes:
    """Measures the models of configs; encoders are loaded once.

    ``ModelSizes("parameters")(config, whole=False)``

    Parameters:
        by: ``parameters`` for the number of weights, ``flops`` for the multiply-adds of a forward pass.
    """

    def __init__(self, by: SizeMeasure) -> None:
        self._by = by
        self._encoders: dict[str, Encoder] = {}

    def __call__(self, config: Mapping[str, Any], whole: bool) -> int:
        """Return the size of a config's model.

        Args:
            config: the config of an arm.
            whole: with the encoder.

        Raises:
            ConfigurationError: data or model cannot be read or built.
        """
        experiment = plan_experiment(Params(dict(config))).construct()
        task = task_of(experiment)
        segmenter = build_segmenter(experiment.segmenter, experiment.dictionary, experiment.data)
        encoder = self._encoder(experiment, config)
        model = SpanModel.assemble(encoder, experiment.components, task.labels, segmenter.layers, task.kind)
        return _parameters(model, whole) if self._by == "parameters" else _multiply_adds(model, whole)

    def _encoder(self, experiment: Experiment, config: Mapping[str, Any]) -> Encoder:
        # The vocabulary of some encoders depends on the training texts, so the data are part of the key.
        key = canonical({name: config.get(name) for name in ("data", "encoder")})
        if key not in self._encoders:
            train = read_splits(experiment)[TRAIN]
            encoder: Encoder = experiment.encoder.construct(texts=all_sentences(train))
            encoder.load()
            self._encoders[key] = encoder
        return self._encoders[key]


def _parameters(model: SpanModel, whole: bool) -> int:
    """Return the number of weights."""
    own = sum(weight.numel() for weight in model.parameters())
    return own if whole else own - sum(weight.numel() for weight in model.encoder.parameters())


def _multiply_adds(model: SpanModel, whole: bool) -> int:
    """Return the multiply-adds of a forward pass over one sequence."""
    length = min(TOKENS, model.config.max_tokens or TOKENS)
    ids, mask = torch.zeros(1, length, dtype=torch.long), torch.ones(1, length, dtype=torch.long)  # shape: (1, tokens)
    # Spans of two tokens, as the documentation of ``match`` says.
    spans = (torch.arange(length) // 2)[None]  # shape: (1, tokens)
    layers = model.config.span_layers
    span_ids = spans if layers == 1 else spans[:, None].expand(-1, layers, -1)  # shape: (1, [layers,] tokens)
    model.eval()  # type: ignore[no-untyped-call]
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        model(input_ids=ids, attention_mask=mask, span_ids=span_ids)
    total = int(counted.get_total_flops())
    if not whole:
        with FlopCounterMode(display=False) as of_encoder, torch.no_grad():
            model.encoder(ids, mask, None)
        total -= int(of_encoder.get_total_flops())
    # PyTorch counts a multiply-add as two operations.
    return total // 2
