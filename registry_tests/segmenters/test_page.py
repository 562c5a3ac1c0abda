"""The page that compares segmentations: its data, and its display in a browser."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.page import LEVELS, spans_page

TEXTS = ["In New  York City 🎉 it's </script><b>of the</b>.", "", "of the New York"]
COUNTS = {"new york": 50, "new york city": 7, "of the": 900, "the new": 3}
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class CountedDictionary(SpanDictionary):
    """Dictionary of given counts."""

    def table(self):
        n = np.array([len(ngram.split()) for ngram in COUNTS], dtype=np.int32)
        return dictionary_table(list(COUNTS), n, np.array(list(COUNTS.values())), lowercase=True, origin={})

    def fingerprint(self) -> str:
        return "counted"


def make_page(
    texts: list[str] = TEXTS, names: tuple[str, ...] = ("max_match", "random", "whole"), score: str = "count"
) -> str:
    """Return the page of some texts, with one segmentation by each named segmenter."""
    dictionary = CountedDictionary()
    segmenters = {name: Segmenter.from_params({"type": name}, dictionary=dictionary) for name in names}
    return spans_page(texts, segmenters, dictionary, score, "a few")


def data_of_page(page: str) -> dict[str, Any]:
    """Return the JSON data of a page: a cut is a list of start, end, number of words, and number of the entry or -1."""
    script = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert script
    return json.loads(script[1])


def test_the_page_has_spans_and_entries() -> None:
    data = data_of_page(make_page())
    assert data["texts"] == TEXTS
    first = data["segmenters"][0]
    assert first["name"] == "max_match"
    assert first["words"] == sum(cut[2] for text_cuts in first["cuts"] for cut in text_cuts)
    shown = [TEXTS[i][cut[0] : cut[1]] for i, text_cuts in enumerate(first["cuts"]) for cut in text_cuts if cut[2] > 1]
    assert shown == ["New  York City", "of the", "of the", "New York"]
    entries = [data["entries"][cut[3]]["values"] for text_cuts in first["cuts"] for cut in text_cuts if cut[2] > 1]
    assert entries == [[3, 7], [2, 900], [2, 900], [2, 50]]
    assert data["columns"] == ["n", "count"]
    assert [cut[3] for text_cuts in data["segmenters"][2]["cuts"] for cut in text_cuts] == [-1, -1]


def test_levels_increase_with_the_scores() -> None:
    data = data_of_page(make_page())
    by_count = sorted((entry["values"][1], entry["level"]) for entry in data["entries"])
    assert [level for _, level in by_count] == sorted(level for _, level in by_count)
    assert len(data["levels"]) <= LEVELS
    assert all(low <= high for low, high in data["levels"])


def test_the_page_loads_nothing_from_elsewhere() -> None:
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?:", make_page(["nothing"]))


def test_each_of_several_segmentations_can_be_selected() -> None:
    dictionary = CountedDictionary()
    multi = Segmenter.from_params({"type": "multi", "segmenters": ["max_match", "whole"]}, dictionary=dictionary)
    from_multi = data_of_page(spans_page(TEXTS, {"both": multi}, dictionary))["segmenters"]
    separate = data_of_page(make_page(names=("max_match", "whole")))["segmenters"]
    assert [segmentation["name"] for segmentation in from_multi] == ["both, 1 of 2", "both, 2 of 2"]
    assert [segmentation["cuts"] for segmentation in from_multi] == [segmentation["cuts"] for segmentation in separate]


@pytest.mark.parametrize("texts", [[], [""], ["\ud800 lone surrogate of the"]])
def test_empty_texts_and_lone_surrogates_are_shown(texts: list[str]) -> None:
    assert len(data_of_page(make_page(texts))["texts"]) == len(texts)


def test_a_lone_surrogate_does_not_match_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COUNTS, "of ?", 5)
    [segmenter] = data_of_page(make_page(["of \ud800"], names=("whole",)))["segmenters"]
    assert [cut[3] for text_cuts in segmenter["cuts"] for cut in text_cuts] == [-1], "the n-gram 'of ?' does not match"


def test_an_unknown_score_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no numeric column 'cuont'"):
        make_page(score="cuont")


# Reports what the page shows by its title, since ``--dump-dom`` prints the document alone.
PROBE_SCRIPT = """<script>
document.body.style.width = "340px";
const marks = () => [...document.querySelectorAll("mark")].map((mark) => mark.textContent);
const first = marks();
document.querySelector("mark").focus();
const note = place("note").textContent;
document.querySelectorAll("input")[2].click();
const edge = document.body.getBoundingClientRect().right;
const inside = [...document.querySelectorAll("body *:not(#note)")];
const wide = inside.filter((one) => one.getBoundingClientRect().right > edge).length;
const lines = [...document.querySelectorAll("#texts li")].map((line) => line.textContent);
document.title = JSON.stringify({ first, note, whole: marks(), lines, wide, legend: place("legend").textContent });
</script></body>"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_shows_spans_notes_and_legend(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(make_page().replace("</body>", PROBE_SCRIPT), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    process = subprocess.run(
        [CHROMIUM, *options, path.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    title = re.search(r"<title>(.*?)</title>", process.stdout, flags=re.DOTALL)
    assert title, process.stderr
    displayed = json.loads(html.unescape(title[1]))
    assert displayed["first"] == ["New  York City", "of the", "of the", "New York"]
    assert displayed["note"] == "n: 3\ncount: 7"
    assert displayed["whole"] == [TEXTS[0], TEXTS[2]]
    assert displayed["lines"] == TEXTS
    assert displayed["wide"] == 0
    assert displayed["legend"].startswith("count 7")
