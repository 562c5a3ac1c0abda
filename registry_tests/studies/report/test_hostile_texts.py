"""Hostile texts in every place of the HTML pages never run a script, add an element or load a resource."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.page import spans_page
from spanreg.studies.report.formats.document import report_from, spell_document

HOSTILE_TEXTS = (
    "<script>pwned=1</script>",
    "</script><script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    "</title></style></textarea></noscript><svg/onload=pwned=1>",
    "\"><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "' onmouseover=pwned=1 autofocus onfocus=pwned=1 x='",
    "<!--<script>",
    "]]></script><!-- --><body onload=pwned=1>",
    "javascript:pwned=1//<a href=javascript:pwned=1>click</a>",
    "${pwned=1}`+(pwned=1)+`\\u003cscript>pwned=1\\u003c/script>",
    "\u2028pwned=1\u2029 \ud800 \x00 \x1b &lt;script&gt; STYLE SCRIPT FACTS DATA",
    "<style>*{background:url(//example.invalid/x)}</style><link rel=stylesheet href=//example.invalid><base href=//x>",
)  # fmt: skip
"Texts that try to become elements, attributes, comments, templates, separators or styles."

Facts = dict[str, Any]


def report_page(facts: dict[str, Any]) -> str:
    """Return the page of a report with every section that its facts have content for."""
    return spell_document(report_from(facts), "html")


def renamed(value: Any, old: str, new: str) -> Any:
    """Return facts in which an arm has another name everywhere."""
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(entry, old, new) for key, entry in value.items()}
    if isinstance(value, list):
        return [renamed(entry, old, new) for entry in value]
    return value.replace(old, new) if isinstance(value, str) else value


def with_values(facts: Facts, **values: Any) -> Facts:
    """Return the facts with other values."""
    return {**facts, **values}


def with_values_in_arms(facts: Facts, **values: Any) -> Facts:
    """Return the facts with other values in every arm."""
    return {**facts, "arms": [{**arm, **values} for arm in facts["arms"]]}


def with_values_in_examples(facts: Facts, **values: Any) -> Facts:
    """Return the facts with other values in every example."""
    examples = {
        name: {**entry, "shown": [{**example, **values} for example in entry["shown"]]}
        for name, entry in facts["examples"].items()
    }
    return {**facts, "examples": examples}


def with_interaction(facts: Facts, text: str) -> Facts:
    """Return the facts with an interaction, whose piece has this name."""
    row = {"task": "idioms", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1, "high": 0.2, "p": 0.01}
    return {**facts, "interactions": [{**row, "piece": text, "verdict": text}]}


# Each entry puts a text into one kind of place.
REPORT_PLACES: dict[str, Callable[[Facts, str], Facts]] = {
    "study": lambda facts, text: with_values(facts, study=text),
    "about": lambda facts, text: with_values(with_values_in_arms(facts, about=text), about=text),
    "arm": lambda facts, text: renamed(facts, "plain", text),
    "tag": lambda facts, text: with_values_in_arms(facts, tags=[text]),
    "change": lambda facts, text: with_values_in_arms(facts, changes=[text], dropped=[text]),
    "config": lambda facts, text: with_values_in_arms(facts, config={text: {"type": text}}),
    "label": lambda facts, text: with_values_in_examples(facts, gold=text, arm=[text, "x"], baseline=[text]),
    "text": lambda facts, text: with_values_in_examples(
        facts, text=text, spans=[[0, 5, 2]], baseline_spans=[[1, 4, 2]]
    ),
    "pair": lambda facts, text: with_values_in_examples(facts, pair=text, pair_spans=[[0, 5, 2]]),
    "problem": lambda facts, text: with_values(
        facts, unfinished=[{"arm": text, "seed": 1, "state": "failed", "problem": text}]
    ),
    "source": lambda facts, text: with_values(
        facts, source=text, environment={"same": {text: text}, "differing": [text]}
    ),
    "piece": with_interaction,
    "metric": lambda facts, text: with_values(
        with_values_in_arms(facts, metric=text), metric=text, caption=text, split=text
    ),
}


class CountedDictionary(SpanDictionary):
    """Dictionary with the entry "new york"."""

    def table(self) -> Any:
        return dictionary_table(
            ["new york"], np.array([2], np.int32), np.array([5]), lowercase=True, origin={}, scores={"x": np.ones(1)}
        )

    def fingerprint(self) -> str:
        return "counted"


def spans_page_of(texts: list[str], name: str = "max_match", about: str = "a few") -> str:
    """Return the page of the spans that a segmenter finds in texts."""
    dictionary = CountedDictionary()
    segmenter = Segmenter.from_params({"type": "max_match"}, dictionary=dictionary)
    return spans_page(texts, {name: segmenter}, dictionary, "count", about)


SPANS_PAGE_PLACES: dict[str, Callable[[str], str]] = {
    "text": lambda text: spans_page_of([text, f"New York {text}"]),
    "name": lambda text: spans_page_of(["New York"], name=text),
    "about": lambda text: spans_page_of(["New York"], about=text),
}


class ElementCollector(HTMLParser):
    """Parser that collects the elements of a page with their attributes, and its comments."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[Any, ...]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", (data,)))


def json_blocks(text: str) -> list[str]:
    """Return the texts of the data blocks of a page."""
    return re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, flags=re.DOTALL)


def with_replaced_surrogates(text: str) -> str:
    """Return a text as a file in UTF-8 keeps it: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
@pytest.mark.parametrize("place", REPORT_PLACES)
def test_hostile_texts_add_no_element_to_a_report(facts: Facts, place: str, text: str) -> None:
    hostile = REPORT_PLACES[place](facts, text)
    page, harmless = report_page(hostile), report_page(REPORT_PLACES[place](facts, "harmless"))
    assert ElementCollector(page).found == ElementCollector(harmless).found
    (block,) = json_blocks(page)
    expected, found = (side["arms"][0]["config"] for side in (hostile, json.loads(block)))
    assert with_replaced_surrogates(json.dumps(expected, ensure_ascii=False)) == json.dumps(found, ensure_ascii=False)
    assert page.count("<script") == harmless.count("<script")
    assert not re.search(r"<(?!script\b)", re.sub(r"</?script[^>]*>", "", "".join(json_blocks(page))))


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
@pytest.mark.parametrize("place", SPANS_PAGE_PLACES)
def test_hostile_texts_add_no_element_to_a_page_of_spans(place: str, text: str) -> None:
    page, harmless = SPANS_PAGE_PLACES[place](text), SPANS_PAGE_PLACES[place]("harmless")
    assert ElementCollector(page).found == ElementCollector(harmless).found
    assert "<" not in "".join(json_blocks(page))


# Opens, hovers over, focuses, clicks and selects every control, and returns the effects that texts could have.
USE_EVERYTHING = """
for (const element of document.querySelectorAll("details")) element.open = true;
for (const element of document.querySelectorAll("button, summary, [data-tip], mark, input")) {
  for (const kind of ["pointerover", "mouseover", "focusin"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
  if (element.focus) element.focus();
  if (element.tagName === "BUTTON") element.click();
}
for (const element of document.querySelectorAll("select")) {
  for (const option of [...element.options]) {
    element.value = option.value;
    element.dispatchEvent(new Event("change"));
  }
}
const unwanted = ["img", "iframe", "link", "base", "object", "embed", "video", "a:not([href^='#'])"];
const handles = (element) => [...element.attributes].some((attribute) => /^on/.test(attribute.name));
return {
  pwned: typeof pwned !== "undefined", injected: unwanted.filter((tag) => document.querySelector(tag)),
  scripts: document.scripts.length, text: document.body.textContent,
  handlers: [...document.querySelectorAll("*")].filter(handles).length,
  loaded: performance.getEntriesByType("resource").map((resource) => resource.name),
};
"""


def with_hostile_texts(facts: Facts) -> Facts:
    """Return the facts with all hostile texts in all places at once."""
    together = " ".join(HOSTILE_TEXTS)
    for place, change in REPORT_PLACES.items():
        if place != "arm":
            facts = change(facts, together)
    arms = deepcopy(facts["arms"])
    for number, arm in enumerate(arms):
        arm["tags"], arm["about"] = list(HOSTILE_TEXTS[number::3]), HOSTILE_TEXTS[number]
    return renamed({**facts, "arms": arms}, "plain", HOSTILE_TEXTS[1])  # type: ignore[no-any-return]


def test_a_browser_runs_no_hostile_text(facts: Facts, browser: Any, tmp_path: Path) -> None:
    report, spans = tmp_path / "report.html", tmp_path / "spans.html"
    report.write_text(report_page(with_hostile_texts(facts)), encoding="utf-8")
    together = " ".join(HOSTILE_TEXTS)
    spans.write_text(spans_page_of(list(HOSTILE_TEXTS), name=together, about=together), encoding="utf-8")
    for path in (report, spans):
        browser.get(path.as_uri())
        seen = browser.execute_script(USE_EVERYTHING)
        assert not seen["pwned"]
        assert (seen["injected"], seen["scripts"], seen["handlers"]) == ([], 2, 0)
        assert seen["loaded"] == []
        assert all(text.partition("\u2028")[0] in seen["text"] for text in HOSTILE_TEXTS[:10])
        assert browser.get_log("browser") == []
