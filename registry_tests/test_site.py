"""The generated part of the documentation site; ``make docs`` builds all of it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.generator.api_pages import api_pages, public_packages, undocumented
from docs.generator.component_pages import built_in, component_page, link_names, page_path, pages_by_class
from docs.generator.config_pages import config_pages, example_page
from docs.generator.links import rewrite_links
from docs.generator.navigation import DOCS, KINDS, ROOT, navigation, sections, unlisted
from docs.generator.option_pages import options_page
from docs.generator.pictures import SENTENCE, aggregator_picture, segmenter_picture
from spanreg.cli.main import COMMANDS

INDEX = (DOCS / "index.md").read_text(encoding="utf-8")


def test_the_index_lists_every_page_in_the_section_of_its_folder() -> None:
    assert unlisted(INDEX) == [], "add a row to the table of docs/index.md"
    assert list(sections(INDEX)) == list(KINDS)
    assert unlisted(INDEX.replace("(how-to/glue.md)", "(how-to/clue.md)")) == ["how-to/glue.md"]
    assert unlisted(INDEX.replace("## Reference", "## Something")) != []


def test_the_navigation_has_the_generated_pages_in_their_sections() -> None:
    entries = navigation(INDEX, {"Reference": [{"Python": "api.md"}], "Project": [{"Changelog": "changelog.md"}]})
    assert [next(iter(entry)) for entry in entries] == ["Home", *KINDS, "Project"]
    reference = entries[3]["Reference"]
    assert isinstance(reference, list)
    assert {"Components": "reference/components.md"} in reference
    assert reference[-1] == {"Python": "api.md"}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](../../CONTRIBUTING.md#links)", "[a](../project/contributing.md#links)"),
        ("[a](../../configs/glue/rte.jsonnet)", "[a](../reference/configs/glue.md#rte)"),
        ("[a](../../configs/tiny.jsonnet)", "[a](../reference/configs/general.md#tiny)"),
        ("[`Own`](../../spanreg/own.py)", "[`Own`](../reference/components/head/own.md)"),
        ("[a](../examples/spanreg-punctuation)", "[a](../tutorials/example_package.md)"),
        ("[a](glue.md#tasks)", "[a](glue.md#tasks)"),
        ("[a](../notebooks/study.ipynb)", "[a](../notebooks/study.md)"),
        ("![a](../images/scores.svg)", "![a](../images/scores.svg)"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("`[a](../../LICENSE)`", "`[a](../../LICENSE)`"),
        ("```text\n[a](../../LICENSE)\n```", "```text\n[a](../../LICENSE)\n```"),
    ],
)
def test_links_out_of_the_docs_are_rewritten_to_pages(link: str, expected: str) -> None:
    source = DOCS / "how-to" / "page.md"
    components = {"Own": "reference/components/head/own.md"}
    assert rewrite_links(link, source, "how-to/page.md", components) == expected


def test_the_page_of_options_has_the_help_of_every_command() -> None:
    text = options_page()
    assert set(re.findall(r"^## spanreg (\S+)", text, flags=re.MULTILINE)) == set(COMMANDS)
    assert "\n## spanreg study run\n" in text
    assert "  --fresh-seeds" in text
    assert text.count("show the traceback") == 1, "common options are listed once"


def test_every_public_name_has_a_docstring() -> None:
    assert undocumented() == []
    assert "Params" in public_packages()["spanreg.registry"]
    assert "::: spanreg.registry.Params\n" in api_pages()["reference/api/spanreg.registry.md"]


def test_a_component_page_has_all_sections() -> None:
    (card,) = [card for card in built_in() if page_path(card).endswith("aggregator/hierarchical_cnn.md")]
    text = component_page(card, {("aggregator", "hierarchical_cnn"): ("256", "786,944", "1,912.6 M")})
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    assert headings[:7] == [
        "hierarchical_cnn",
        "Use",
        "Parameters",
        "Errors",
        "Shapes and cost",
        "Source",
        "Configs that use it",
    ]
    assert "| `kernel_size` | an integer, at least 1, an odd number | `3` |" in text
    assert "Weights: 786,944." in text
    assert "(../../../reference/configs/aggregators.md#hierarchical_cnn)" in text
    assert "    class HierarchicalCnn(Aggregator):" in text
    # Docstrings write code in double backticks, pages in single ones.
    assert "``" not in text.replace("```", "").partition("Source code")[0]


def test_linked_classes_of_the_component_table_have_pages() -> None:
    table = (DOCS / "reference" / "components.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\[(\w+)\]\(\.\./\.\./spanreg", table))
    assert linked <= pages_by_class(built_in()).keys()


def test_names_of_the_component_table_link_to_their_pages() -> None:
    table = (DOCS / "reference" / "components.md").read_text(encoding="utf-8")
    linked = link_names(table, built_in())
    pages = re.findall(r"^\| \[`\w+`\]\((.*?)\)", linked, flags=re.MULTILINE)
    assert [f"reference/{page}" for page in pages] == [page_path(card) for card in built_in()]


def picture_texts(picture: str) -> list[str]:
    """Return the texts of an SVG picture in document order."""
    return [element.text or "" for element in ElementTree.fromstring(picture).iter("text")]


def test_the_picture_of_a_segmenter_shows_its_spans() -> None:
    _, *spans = picture_texts(segmenter_picture("single"))
    assert spans == re.findall(r"\w+|\.", SENTENCE)
    assert "New York City" in picture_texts(segmenter_picture("max_match"))
    assert segmenter_picture("gold") == ""


def test_the_picture_of_an_aggregator_shows_the_inputs_of_each_vector() -> None:
    # One row of discs for each of the six spans, a disc for each of its words, and a row for all eight words.
    discs = ElementTree.fromstring(aggregator_picture("mean_pool")).iter("circle")
    rows: dict[str, int] = {}
    for disc in discs:
        rows[disc.get("cy", "")] = rows.get(disc.get("cy", ""), 0) + 1
    assert list(rows.values()) == [1, 1, 1, 3, 1, 1, 8]
    assert aggregator_picture("none") == ""


def test_the_pages_show_every_shipped_config() -> None:
    text = "".join(config_pages().values())
    for path in (ROOT / "configs").rglob("*.*sonnet"):
        assert f"`{path.relative_to(ROOT).as_posix()}`" in text
        assert path.read_text(encoding="utf-8").rstrip() in text
    assert "spanreg_punctuation/punctuation.py" in next(iter(example_page().values()))


def test_the_site_loads_no_fonts_from_other_hosts() -> None:
    settings = Path(ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "  font: false\n" in settings
    assert "http" not in settings
