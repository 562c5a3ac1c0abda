"""One of the two processes of ``test_two_processes``: half of a batch under DDP, with every aggregator and fusion.

Arguments: the rank, the file by which the processes find each other, and the file for the gradients.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from spanreg.aggregators import Aggregator
from spanreg.encoders.tiny import TinyEncoder
from spanreg.fusions import Fusion
from spanreg.model import SpanModel

PARTS: dict[str, dict[str, Any]] = {name: {"aggregator": name} for name in Aggregator.list_available()}
PARTS |= {f"fusion {name}": {"aggregator": "hierarchical_cnn", "fusion": name} for name in Fusion.list_available()}

BATCH = {
    "input_ids": torch.arange(7, 31).reshape(4, 6),
    "attention_mask": torch.tensor([[1] * 6, [1] * 4 + [0] * 2, [1] * 3 + [0] * 3, [1] * 2 + [0] * 4]),
    "span_ids": torch.tensor([[0, 1, 1, 1, 2, 3], [0, 1, 1, 2, -1, -1], [0, 1, 2, -1, -1, -1], [0, 1, -1, -1, -1, -1]]),
    "labels": torch.tensor([1, 0, 0, 1]),
}


def half_of_batch(rank: int) -> dict[str, Tensor]:
    """Return every other sentence, padded to the longest of them."""
    rows = {name: values[rank::2] for name, values in BATCH.items()}
    width = int(rows["attention_mask"].sum(1).max())
    return {name: values[:, :width] if values.dim() == 2 else values for name, values in rows.items()}


def build_model(parts: dict[str, Any]) -> SpanModel:
    """Return a model in float64 and without dropout, which each process draws separately."""
    torch.manual_seed(0)
    layers = 1 + (parts["aggregator"] == "multi_granularity")
    encoder = TinyEncoder(dim=16, layers=1).load()
    return SpanModel.assemble(encoder, {"encoder": "tiny", **parts}, ["no", "yes"], layers).double().eval()


def second_step_gradients(model: nn.Module, batch: dict[str, Tensor], layers: int) -> list[Tensor]:
    """Return the gradients of the second of two steps.

    Under DDP the second step fails if the first left a weight without a gradient.
    """
    if layers > 1:
        batch = batch | {"span_ids": torch.stack([batch["span_ids"]] * layers, 1)}
    for _ in range(2):
        model.zero_grad()
        model(**batch).loss.backward()
    return [weight.grad.clone() for weight in model.parameters() if weight.grad is not None]


def main(rank: int, rendezvous: str, output: str) -> None:
    """Write the gradients of all models to the file ``output``."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=2)
    gradients: dict[str, list[Tensor]] = {}
    for name, parts in PARTS.items():
        model = build_model(parts)
        gradients[name] = second_step_gradients(
            DistributedDataParallel(model), half_of_batch(rank), model.config.span_layers
        )
    torch.save(gradients, output)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
