"""Page of all components in Markdown, with their costs if measured."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from spanreg.cli.rendering.component_card import RUNTIME, ComponentCard, ParameterCard
from spanreg.cli.rendering.families import FAMILIES
from spanreg.text.markup import markdown_cell, markdown_code

TITLE = """# Components

Made by `spanreg list --markdown --cost`; a test holds it against the code. `spanreg describe NAME` tells more of each.
Marks: \\* the default of its family, ∅ its neutral element. What names no paper or package is ours.

Widths, weights and arithmetic are those of the defaults on an encoder of width 768, behind an aggregator of width 256.
The arithmetic is a floor: multiply-adds of one forward pass over 16 sequences of 128 tokens in spans of two, as torch
counts them in matrix products and convolutions. `spanreg bench aggregation` measures what a training step costs.
"""

SHAPES = {
    "data": "split → columns `text`, `pair`, `label`, `idx`",
    "encoder": "(batch, tokens) → token vectors (batch, tokens, dim), sentence vectors (batch, dim)",
    "words": "text in UTF-8 → byte offsets of words (words,), (words,)",
    "scorer": "n-grams of one length → (entries,)",
    "dictionary": "nothing → table of `ngram`, `n`, `count` and scores",
    "segmenter": "words → (words,), True where a span begins",
    "aggregator": "(batch, tokens, dim) → (batch, channels), spans (batch, spans, span_channels)",
    "fusion": "(batch, dim), (batch, channels), spans (batch, spans, span_channels) → (batch, out_dim)",
    "head": "(batch, out_dim) → logits (batch, labels), loss; at token level (batch, tokens, ...)",
    "metric": "predictions (examples,), labels (examples,) → figures by name",
}
"Inputs and outputs, by family."

Costs = Mapping[tuple[str, str], tuple[str, ...]]
"Cells of the columns of costs, by family and name."

COST_COLUMNS = ("out", "weights", "arithmetic")


def spell_page(found: list[ComponentCard], costs: Costs) -> str:
    """Return the page as Markdown."""
    parts = [TITLE]
    for key, members in groupby(found, lambda one: one.family):
        parts.append(_spell_family(key, list(members), costs))
    return "\n".join(parts)


def _spell_family(key: str, members: list[ComponentCard], costs: Costs) -> str:
    with_cost = any((one.family, one.name) in costs for one in members)
    columns = ["name", "what it computes", "parameters", *(COST_COLUMNS if with_cost else ()), "source", "where"]
    lines = [f"## {key}", "", f"Base `{'.'.join(FAMILIES[key])}`.", ""]
    if key in SHAPES:
        lines[2] += f" {SHAPES[key]}."
    lines += [_row(columns), _row(["---"] * len(columns))]
    for one in members:
        cost = costs.get((one.family, one.name), ("", "", "")) if with_cost else ()
        words = [markdown_cell(one.summary), _parameters(one), *cost, markdown_cell(one.source)]
        lines.append(_row([_name(one), *words, _place(one)]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _name(component: ComponentCard) -> str:
    return f"`{component.name}`" + " \\*" * component.is_default + " ∅" * component.is_neutral


def _parameters(component: ComponentCard) -> str:
    return "<br>".join(_parameter(one) for one in component.parameters if one.given_by != RUNTIME)


def _parameter(one: ParameterCard) -> str:
    value = "" if one.default is None else f" = {markdown_code(one.default)}"
    return f"`{one.name}`{value}: {markdown_cell(one.type)}"


def _place(component: ComponentCard) -> str:
    """Return a link to the file, without a line, which would change with every edit above it."""
    module = component.where.partition(":")[0]
    return f"[{component.cls}](../{module.replace('.', '/')}.py)"
