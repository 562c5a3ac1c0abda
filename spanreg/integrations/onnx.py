"""Export a run for ONNX Runtime: the model as a graph, and all that makes its inputs from texts."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from spanreg.model import SpanModel
from spanreg.packages import EXTRAS, require_package
from spanreg.registry import ConfigurationError
from spanreg.storage import files_below, record_files, require_text_path, whole_folder, write_manifest
from spanreg.text.reasons import reason_of
from spanreg.training.serving.saved_inputs import copy_inputs
from spanreg.training.serving.saved_run import SavedRun

GRAPH: Final = "model.onnx"
PACKAGES: Final = tuple(EXTRAS["onnx"])
_NOISY_LOGGERS: Final = ("torch.onnx", "onnxscript", "onnx_ir")


def export_onnx(run: SavedRun, out: Path) -> None:
    """Write a run's model as ONNX, with tokenizer, dictionary and settings for ``SavedInputs``.

    The inputs of the graph are ``input_ids``, ``attention_mask``, ``span_ids`` and, for encoders that take them,
    ``token_type_ids``; its output is ``logits``, in float32. Batch and tokens may have any size.

    ``export_onnx(SavedRun(Path("run")), Path("export"))``

    Args:
        run: a finished run.
        out: the new folder; it appears whole or not at all.

    Raises:
        ConfigurationError: ``out`` exists already, a package of the extra ``onnx`` is missing, or the exporter does
            not support a part of the model.
    """
    for package in PACKAGES:
        require_package(package)
    require_text_path(out)
    if out.exists():
        raise ConfigurationError(f"{out} exists already", hint="name a new folder")
    with whole_folder(out) as temporary:
        _graph(run).save(str(temporary / GRAPH))
        run.tokenizer.save_pretrained(temporary / "model")  # where ``SavedInputs`` reads it
        copy_inputs(run.folder.path, temporary)  # after the graph: it takes seconds, and may fail
        write_manifest(temporary, record_files(temporary, files_below(temporary)))


class _Logits(nn.Module):
    """A model with positional inputs that returns only logits."""

    def __init__(self, model: SpanModel, names: list[str]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs: Tensor) -> Tensor:
        logits: Tensor = self.model(**dict(zip(self.names, inputs, strict=True))).logits
        return logits


def _graph(run: SavedRun) -> Any:
    """Return the model's graph, traced with two short texts of different lengths."""
    # Several texts and tokens: the exporter treats a size of 1 as constant.
    texts = ["one two three", "one"]
    batch = run.batch(texts, texts[::-1] if run.task.pair else None)
    names = list(batch)
    batches, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    # Tokens are the last dimension: the span ids of several segmentations have that of the layers before it.
    sizes = tuple({0: batches, values.dim() - 1: tokens} for values in batch.values())
    # The exporter supports neither torch's fused attention nor ours, so the model is read again with the plain one.
    model = SpanModel.from_pretrained(run.folder.model, local_files_only=True, attn_implementation="eager")
    with _quiet(), torch.no_grad():
        try:
            return torch.onnx.export(
                _Logits(model.eval(), names),
                tuple(batch.values()),
                dynamo=True,
                # Nested, because ``forward`` takes its inputs as ``*inputs``, one argument for the exporter.
                dynamic_shapes=(sizes,),
                input_names=names,
                output_names=["logits"],
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            hint = "use another encoder or aggregator, or serve the run with 'spanreg predict'"
            raise ConfigurationError(f"the model cannot be exported to ONNX ({reason_of(error)})", hint=hint) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the exporter's notes and warnings within the block."""
    levels = {name: logging.getLogger(name).level for name in _NOISY_LOGGERS}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        # onnxscript prints some of its notes, which would be part of the command's output.
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
