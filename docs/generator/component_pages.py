"""Page of each registered component: what it computes, picture, parameters, cost, source, and configs that use it."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from docs.generator.links import config_place
from docs.generator.navigation import ROOT, Navigation
from docs.generator.pictures import aggregator_picture, segmenter_picture
from spanreg.cli.rendering.component_card import RUNTIME, ComponentCard, components, configs_with
from spanreg.cli.rendering.component_page import COST_COLUMNS, SHAPES, Costs
from spanreg.cli.rendering.families import FAMILIES
from spanreg.text.markup import markdown_cell, markdown_code

PICTURES = {
    "segmenter": (
        segmenter_picture,
        "One sentence, divided with the phrases `in New York`, `New York City`,"
        " `City Hall` and `Hall of Records` as dictionary.",
    ),
    "aggregator": (
        aggregator_picture,
        "Share of each token in the gradient of each vector, averaged over random token"
        " vectors; tokens of one colour are a span.",
    ),
}
"Function that draws, and caption, by family."

INHERITED = "inherited"


def built_in() -> list[ComponentCard]:
    """Return the components of this package, by family."""
    return [card for card in components(list(FAMILIES)) if card.where.startswith("spanreg.")]


def page_path(card: ComponentCard) -> str:
    """Return the path of a component's page in the site."""
    return f"reference/components/{card.family}/{card.name}.md"


def pages_by_class(cards: Sequence[ComponentCard]) -> dict[str, str]:
    """Return the page of each component by the name of its class; the first if it has several names."""
    # Later entries replace earlier ones, so in reverse order the first name wins.
    return {card.cls: page_path(card) for card in reversed(cards)}


def navigation_of(cards: Sequence[ComponentCard]) -> Navigation:
    """Return the entries of all component pages, by family."""
    return [
        {family: [{card.name: page_path(card)} for card in members]}
        for family, members in groupby(cards, lambda card: card.family)
    ]


def component_page(card: ComponentCard, costs: Costs) -> str:
    """Return the page of a component in Markdown.

    Args:
        card: the component.
        costs: cells of the columns of costs, by family and name.
    """
    marks = [
        word for word, holds in (("the default", card.is_default), ("the neutral element", card.is_neutral)) if holds
    ]
    kind = f"Family [{card.family}](../../components.md#{card.family})" + (f", {' and '.join(marks)}" if marks else "")
    paragraphs = card.words.text.split("\n\n")
    # The docstring's line of use stands below its own heading.
    examples = [part for part in paragraphs if re.fullmatch(r"``[^`]+``", part)]
    parts = [
        f"# {card.name}",
        f"{kind}. Class `{card.where.partition(':')[0]}.{card.cls}`.",
        "\n\n".join(part for part in paragraphs if part not in examples).replace("``", "`"),
        _picture(card),
        "## Use",
        f"```jsonnet\n{examples[0].strip('`') if examples else card.example}\n```",
        _parameters(card),
        f"## Errors\n\n{card.words.raises.replace('``', '`')}" if card.words.raises else "",
        _cost(card, costs),
        f"## Source\n\n{card.source.replace('``', '`')}",
        _configs(card),
        _code(card),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _picture(card: ComponentCard) -> str:
    if card.family not in PICTURES:
        return ""
    draw, caption = PICTURES[card.family]
    drawn = draw(card.name)
    return f"{drawn}\n\n*{caption}*" if drawn else ""


def _parameters(card: ComponentCard) -> str:
    if not card.parameters:
        return "## Parameters\n\nNone."
    rows = ["| parameter | type | default | meaning |", "|---|---|---|---|"]
    for one in card.parameters:
        kind = "known at run time" if one.given_by == RUNTIME else markdown_cell(one.type)
        if one.given_by == INHERITED:
            kind += "; taken from the config around it if missing"
        default = "" if one.default is None else markdown_code(one.default)
        meaning = markdown_cell(one.meaning.replace("``", "`"))
        rows.append(f"| `{one.name}` | {kind} | {default or 'required'} | {meaning} |")
    return "## Parameters\n\n" + "\n".join(rows)


def _cost(card: ComponentCard, costs: Costs) -> str:
    cells = costs.get((card.family, card.name))
    shape = f"Shapes: {SHAPES[card.family]}.\n\n" if card.family in SHAPES else ""
    if not cells:
        return f"## Shapes and cost\n\n{shape}The cost depends on the data; it is not counted." if shape else ""
    out, weights, arithmetic = (dict(zip(COST_COLUMNS, cells, strict=True))[name] for name in COST_COLUMNS)
    return (
        f"## Shapes and cost\n\n{shape}Width of the output: {out}. Weights: {weights}. Multiply-adds: {arithmetic}, for"
        " 16 sequences of 128 tokens on an encoder of width 768; [Components](../../components.md) describes"
        " how they are counted."
    )


def _configs(card: ComponentCard) -> str:
    files = [Path(name).relative_to(ROOT) for name in configs_with(card, ROOT / "configs")]
    if not files:
        return "## Configs that use it\n\nNo shipped config names it."
    links = []
    for file in files:
        page, anchor = config_place(file)
        links.append(f"- [{file.as_posix()}](../../../{page}{anchor})")
    return "## Configs that use it\n\n" + "\n".join(links)


def _code(card: ComponentCard) -> str:
    """Return the source of the class, folded."""
    # find_spec does not import the module itself, only its parent packages.
    spec = importlib.util.find_spec(card.where.partition(":")[0])
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    node = next(
        (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.ClassDef) and one.name == card.cls), None
    )
    if node is None:
        return ""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    indented = "\n".join(f"    {line}".rstrip() for line in ["```python", *lines, "```"])
    return f'??? note "Source code"\n\n{indented}'


def component_pages(cards: Sequence[ComponentCard], costs: Costs) -> Mapping[str, str]:
    """Return the pages of all components, by their path in the site."""
    return {page_path(card): component_page(card, costs) for card in cards}


def link_names(table: str, cards: Sequence[ComponentCard]) -> str:
    """Return the table of components with each name linked to its page.

    Args:
        table: text of ``docs/reference/components.md``.
        cards: the components.
    """
    pages = {(card.family, card.name): f"components/{card.family}/{card.name}.md" for card in cards}
    parts = re.split(r"^## (\w+)$", table, flags=re.MULTILINE)
    linked = [parts[0]]
    for family, text in zip(parts[1::2], parts[2::2], strict=True):
        names = {name: page for (own, name), page in pages.items() if own == family}
        rows = re.sub(
            r"^\| `(\w+)`", lambda row, names=names: f"| [`{row[1]}`]({names[row[1]]})", text, flags=re.MULTILINE
        )
        linked.append(f"## {family}{rows}")
    return "".join(linked)
