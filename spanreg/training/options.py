"""How an experiment is trained: a few well-named keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from spanreg.registry import Above, AtLeast, Between


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The ``training`` part of a config."""

    epochs: Annotated[float, Above(0)] = 3.0
    "Passes over the training set; may be a fraction."
    max_steps: Annotated[int, AtLeast(1)] | None = None
    "Optimiser steps; where given, ``epochs`` is not looked at."
    batch_size: Annotated[int, AtLeast(1)] = 32
    "Examples a batch and device."
    accumulation: Annotated[int, AtLeast(1)] = 1
    "Batches that make one optimiser step."
    learning_rate: Annotated[float, Above(0)] = 5e-5
    "Highest learning rate, reached at the end of the warm-up."
    warmup: Annotated[float, Between(0, 1)] = 0.1
    "Share of the steps in which the learning rate rises from 0."
    schedule: Literal["linear", "cosine", "polynomial", "inverse_sqrt", "constant"] = "linear"
    "What the learning rate does after the warm-up."
    weight_decay: Annotated[float, AtLeast(0)] = 0.01
    "AdamW's weight decay; biases and normalisation weights have none."
    clip: Annotated[float, AtLeast(0)] = 1.0
    "Largest norm of the gradient; 0 clips nothing."
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    "Number format of the matrix products; ``auto`` is bf16 where the machine computes in it, otherwise fp32."
    max_tokens: Annotated[int, AtLeast(4)] | None = 128
    "Longest sequence, special tokens included; longer ones are truncated. ``null`` is the encoder's own limit."
    group_by_length: bool = True
    "Batches of sequences of similar length: less padding, so faster."
    evaluation_batch_size: Annotated[int, AtLeast(1)] = 64
    "Examples a batch when nothing is learned."
    evaluate_every_epoch: bool = True
    "Score the validation splits after every epoch; otherwise only after the last."
    log_every: Annotated[int, AtLeast(1)] = 50
    "Steps between two lines of the log; the end of an epoch is always logged."
