"""Pictures of what segmenters and aggregators compute, drawn from their own results."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docs.generator import svg
from spanreg.registry import ConfigurationError

SENTENCE = "She works in New York City Hall of Records."
PHRASES = ("in New York", "New York City", "City Hall", "Hall of Records")
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "fixed": [{"words": 2}, {"words": 3}],
    "max_match": [{"direction": "forward"}, {"direction": "backward"}, {"direction": "bidirectional"}],
    "random": [{"seed": 1}, {"seed": 2}, {"seed": 3}],
}
"Options worth comparing, by segmenter; otherwise its defaults."

TOKENS = ("She", "works", "in", "New", "York", "City", "Hall", ".")
SPAN_IDS = (0, 1, 2, 3, 3, 3, 4, 5)
DIM = 8
DRAWS = 24
ROW, LEFT, CELL = 30, 130, 74


def segmenter_picture(name: str) -> str:
    """Return the example sentence as a segmenter divides it, or nothing if it needs other data or an extra."""
    rows = []
    for options in VARIANTS.get(name, [{}]):
        try:
            layers = _segmentations({"type": name, **options})
        except ConfigurationError:
            # Such as ``gold``, which needs a file, or ``chunk`` without its extra.
            return ""
        label = ", ".join(f"{key}: {value}" for key, value in options.items()) or name
        rows += [(label if number == 0 else "", layer) for number, layer in enumerate(layers)]
    elements = []
    right = 0.0
    for number, (label, spans) in enumerate(rows):
        x, y = float(LEFT + 50), number * ROW + 4
        elements.append(svg.text(0, y + 17, label))
        for span, content in enumerate(spans):
            width = len(content) * svg.CHARACTER + 14
            elements += [
                svg.box(x, y, width, 24, f"span-{span % 2}"),
                svg.text(x + width / 2, y + 17, content, anchor="middle"),
            ]
            x += width + 4
        right = max(right, x)
    return svg.picture(right, len(rows) * ROW + 4, f"'{SENTENCE}' as {name} divides it", elements)


def _segmentations(config: dict[str, Any]) -> list[list[str]]:
    """Return the spans of the example sentence, as text, for each segmentation."""
    from spanreg.dictionaries.file import FileDictionary
    from spanreg.segmenters.base import Segmenter
    from spanreg.segmenters.spans.offsets import layers_of_texts

    with TemporaryDirectory() as folder:
        path = Path(folder, "phrases.txt")
        path.write_text("\n".join(PHRASES) + "\n", encoding="utf-8")
        segmenter = Segmenter.from_params(config, dictionary=FileDictionary(str(path)))
        (layers,) = layers_of_texts(segmenter, [SENTENCE])
    return [[SENTENCE[span.start : span.end] for span in spans] for spans in layers]


def aggregator_picture(name: str) -> str:
    """Return which tokens each vector of an aggregator depends on, or nothing if it has no vectors."""
    shares = _shares(name)
    if not shares:
        return ""
    labels = [*(f"u[{number + 1}]" for number in range(len(shares) - 1)), "v (sequence)"]
    elements = []
    for token, word in enumerate(TOKENS):
        x = LEFT + token * CELL
        elements.append(svg.box(x, 4, CELL - 6, 24, f"span-{SPAN_IDS[token] % 2}"))
        elements.append(svg.text(x + CELL / 2 - 3, 21, word, anchor="middle"))
    for number, (label, row) in enumerate(zip(labels, shares, strict=True)):
        y = (number + 1) * ROW + 20
        elements.append(svg.text(0, y + 5, label))
        for token, share in enumerate(row):
            # No disc where a vector does not depend on a token.
            if share > 1e-6:
                # The area of the disc, not its radius, is proportional to the share.
                elements.append(svg.disc(LEFT + token * CELL + CELL / 2 - 3, y, max(1.5, 13 * share**0.5)))
    height = (len(labels) + 1) * ROW + 12
    return svg.picture(LEFT + len(TOKENS) * CELL, height, f"Tokens that each vector of {name} depends on", elements)


def _shares(name: str) -> list[list[float]]:
    """Return each token's share of the gradient of each span vector, and of the sequence vector.

    Maxima choose other tokens in every draw, so gradients are averaged over random token vectors.
    """
    import torch

    from spanreg.aggregators.base import Aggregator

    # The pictures of two builds are equal.
    torch.manual_seed(0)
    aggregator = Aggregator.from_params(name, dim=DIM, layers=2).eval()
    ids = torch.tensor([SPAN_IDS])
    if aggregator.segmentations == "several":
        ids = torch.stack((ids, ids), 1)
    total = torch.zeros(max(SPAN_IDS) + 2, len(TOKENS))
    for _ in range(DRAWS):
        tokens = torch.randn(1, len(TOKENS), DIM, requires_grad=True)
        result = aggregator(tokens, ids)
        if not aggregator.channels:
            return []
        outputs = [*result.spans[0, : max(SPAN_IDS) + 1], result.sequence[0]]
        for row, output in enumerate(outputs):
            # The gradient of one random projection, since the Jacobian of every channel would cost DIM times as much.
            projected = (output * torch.randn_like(output)).sum()
            (gradient,) = torch.autograd.grad(projected, tokens, retain_graph=True)
            total[row] += gradient[0].norm(dim=-1)
    shares: list[list[float]] = (total / total.sum(1, keepdim=True).clamp(min=1e-12)).tolist()
    return shares
