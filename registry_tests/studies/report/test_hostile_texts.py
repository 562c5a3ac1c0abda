"""Hostile texts in every place of the HTML pages: none runs a script, adds an element or loads anything."""

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

TEXTS = (
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
"Twelve ways out of a text: elements, attributes, comments, templates, separators, styles."

Facts = dict[str, Any]


def page_of(facts: dict[str, Any]) -> str:
    """The page with every section that the facts have something for."""
    return spell_document(report_from(facts), "html")


def renamed(value: Any, old: str, new: str) -> Any:
    """Return the facts with another name of an arm in all places."""
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(one, old, new) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, old, new) for one in value]
    return value.replace(old, new) if isinstance(value, str) else value


def changed(facts: Facts, **values: Any) -> Facts:
    return {**facts, **values}


def in_arms(facts: Facts, **values: Any) -> Facts:
    return {**facts, "arms": [{**arm, **values} for arm in facts["arms"]]}


def in_examples(facts: Facts, **values: Any) -> Facts:
    examples = {
        name: {**own, "shown": [{**one, **values} for one in own["shown"]]} for name, own in facts["examples"].items()
    }
    return {**facts, "examples": examples}


def with_piece(facts: Facts, text: str) -> Facts:
    row = {"task": "idioms", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1, "high": 0.2, "p": 0.01}
    return {**facts, "interactions": [{**row, "piece": text, "verdict": text}]}


REPORT: dict[str, Callable[[Facts, str], Facts]] = {
    "study": lambda facts, text: changed(facts, study=text),
    "about": lambda facts, text: changed(in_arms(facts, about=text), about=text),
    "arm": lambda facts, text: renamed(facts, "plain", text),
    "tag": lambda facts, text: in_arms(facts, tags=[text]),
    "change": lambda facts, text: in_arms(facts, changes=[text], dropped=[text]),
    "config": lambda facts, text: in_arms(facts, config={text: {"type": text}}),
    "label": lambda facts, text: in_examples(facts, gold=text, arm=[text, "x"], baseline=[text]),
    "text": lambda facts, text: in_examples(facts, text=text, spans=[[0, 5, 2]], baseline_spans=[[1, 4, 2]]),
    "pair": lambda facts, text: in_examples(facts, pair=text, pair_spans=[[0, 5, 2]]),
    "problem": lambda facts, text: changed(
        facts, unfinished=[{"arm": text, "seed": 1, "state": "failed", "problem": text}]
    ),
    "source": lambda facts, text: changed(facts, source=text, environment={"same": {text: text}, "differing": [text]}),
    "piece": with_piece,
    "metric": lambda facts, text: changed(in_arms(facts, metric=text), metric=text, caption=text, split=text),
}


class Counted(SpanDictionary):
    """A dictionary of one entry."""

    def table(self) -> Any:
        return dictionary_table(
            ["new york"], np.array([2], np.int32), np.array([5]), lowercase=True, origin={}, scores={"x": np.ones(1)}
        )

    def fingerprint(self) -> str:
        return "counted"


def spans_of(texts: list[str], name: str = "max_match", about: str = "a few") -> str:
    dictionary = Counted()
    segmenter = Segmenter.from_params({"type": "max_match"}, dictionary=dictionary)
    return spans_page(texts, {name: segmenter}, dictionary, "count", about)


SPANS: dict[str, Callable[[str], str]] = {
    "text": lambda text: spans_of([text, f"New York {text}"]),
    "name": lambda text: spans_of(["New York"], name=text),
    "about": lambda text: spans_of(["New York"], about=text),
}


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the texts of its data blocks."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[Any, ...]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", (data,)))


def data_in(text: str) -> list[Any]:
    blocks = re.findall(r'<script type="application/json" id="\w+">(.*?)</script>', text, flags=re.DOTALL)
    return [json.loads(block) for block in blocks]


def as_utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("place", REPORT)
def test_a_report_has_the_same_elements_whatever_its_texts(facts: Facts, place: str, text: str) -> None:
    hostile = REPORT[place](facts, text)
    made, plain = page_of(hostile), page_of(REPORT[place](facts, "harmless"))
    assert Elements(made).found == Elements(plain).found
    (found,) = data_in(made)
    assert as_utf8(json.dumps(hostile["arms"][0]["config"], ensure_ascii=False)) == json.dumps(
        found["arms"][0]["config"], ensure_ascii=False
    )
    assert made.count("<script") == plain.count("<script")
    assert not re.search(r"<(?!script\b)", re.sub(r"</?script[^>]*>", "", "".join(json_blocks(made))))


def json_blocks(text: str) -> list[str]:
    return re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, flags=re.DOTALL)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("place", SPANS)
def test_a_page_of_spans_has_the_same_elements_whatever_its_texts(place: str, text: str) -> None:
    made, plain = SPANS[place](text), SPANS[place]("harmless")
    assert Elements(made).found == Elements(plain).found
    assert "<" not in "".join(json_blocks(made))


TRY_ALL = """
for (const one of document.querySelectorAll("details")) one.open = true;
for (const one of document.querySelectorAll("button, summary, [data-tip], mark, input")) {
  for (const kind of ["pointerover", "mouseover", "focusin"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
  if (one.focus) one.focus();
  if (one.tagName === "BUTTON") one.click();
}
for (const one of document.querySelectorAll("select")) {
  for (const option of [...one.options]) { one.value = option.value; one.dispatchEvent(new Event("change")); }
}
const unwanted = ["img", "iframe", "link", "base", "object", "embed", "video", "a:not([href^='#'])"];
const handles = (one) => [...one.attributes].some((own) => /^on/.test(own.name));
return {
  pwned: typeof pwned !== "undefined", injected: unwanted.filter((tag) => document.querySelector(tag)),
  scripts: document.scripts.length, text: document.body.textContent,
  handlers: [...document.querySelectorAll("*")].filter(handles).length,
  loaded: performance.getEntriesByType("resource").map((one) => one.name),
};
"""


def everywhere(facts: Facts) -> Facts:
    """Facts with all texts in all places at once."""
    together = " ".join(TEXTS)
    for place, change in REPORT.items():
        if place != "arm":
            facts = change(facts, together)
    arms = deepcopy(facts["arms"])
    for number, arm in enumerate(arms):
        arm["tags"], arm["about"] = list(TEXTS[number::3]), TEXTS[number]
    return renamed({**facts, "arms": arms}, "plain", TEXTS[1])  # type: ignore[no-any-return]


def test_a_browser_runs_none_of_them(facts: Facts, browser: Any, tmp_path: Path) -> None:
    report, spans = tmp_path / "report.html", tmp_path / "spans.html"
    report.write_text(page_of(everywhere(facts)), encoding="utf-8")
    spans.write_text(spans_of(list(TEXTS), name=" ".join(TEXTS), about=" ".join(TEXTS)), encoding="utf-8")
    for path in (report, spans):
        browser.get(path.as_uri())
        seen = browser.execute_script(TRY_ALL)
        assert not seen["pwned"]
        assert (seen["injected"], seen["scripts"], seen["handlers"]) == ([], 2, 0)
        assert seen["loaded"] == []
        assert all(text.partition("\u2028")[0] in seen["text"] for text in TEXTS[:10])
        assert browser.get_log("browser") == []
