"""The page of segmentations: its content, and its display in a browser."""

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


class Counted(SpanDictionary):
    """Dictionary of given counts."""

    def table(self):
        n = np.array([len(ngram.split()) for ngram in COUNTS], dtype=np.int32)
        return dictionary_table(list(COUNTS), n, np.array(list(COUNTS.values())), lowercase=True, origin={})

    def fingerprint(self) -> str:
        return "counted"


def page(
    texts: list[str] = TEXTS, names: tuple[str, ...] = ("max_match", "random", "whole"), score: str = "count"
) -> str:
    dictionary = Counted()
    segmenters = {name: Segmenter.from_params({"type": name}, dictionary=dictionary) for name in names}
    return spans_page(texts, segmenters, dictionary, score, "a few")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_has_all_data() -> None:
    data = data_of(page())
    assert data["texts"] == TEXTS
    first = data["segmenters"][0]
    assert (first["name"], first["words"]) == ("max_match", sum(cut[2] for own in first["cuts"] for cut in own))
    shown = [TEXTS[i][cut[0] : cut[1]] for i, own in enumerate(first["cuts"]) for cut in own if cut[2] > 1]
    assert shown == ["New  York City", "of the", "of the", "New York"]
    entries = [data["entries"][cut[3]]["values"] for own in first["cuts"] for cut in own if cut[2] > 1]
    assert entries == [[3, 7], [2, 900], [2, 900], [2, 50]]
    assert data["columns"] == ["n", "count"]
    assert [cut[3] for own in data["segmenters"][2]["cuts"] for cut in own] == [-1, -1]


def test_levels_go_up_with_the_scores() -> None:
    data = data_of(page())
    by_count = sorted((entry["values"][1], entry["level"]) for entry in data["entries"])
    assert [level for _, level in by_count] == sorted(level for _, level in by_count)
    assert len(data["levels"]) <= LEVELS
    assert all(low <= high for low, high in data["levels"])


def test_it_loads_nothing_from_anywhere() -> None:
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?:", page(["nothing"]))


def test_every_segmentation_has_its_place_on_the_switch() -> None:
    multi = Segmenter.from_params({"type": "multi", "segmenters": ["max_match", "whole"]}, dictionary=Counted())
    several = data_of(spans_page(TEXTS, {"both": multi}, Counted()))["segmenters"]
    alone = data_of(page(names=("max_match", "whole")))["segmenters"]
    assert [one["name"] for one in several] == ["both, 1 of 2", "both, 2 of 2"]
    assert [one["cuts"] for one in several] == [one["cuts"] for one in alone]


@pytest.mark.parametrize("texts", [[], [""], ["\ud800 lone surrogate of the"]])
def test_odd_texts(texts: list[str]) -> None:
    assert len(data_of(page(texts))["texts"]) == len(texts)


def test_a_lone_surrogate_is_not_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COUNTS, "of ?", 5)
    [segmenter] = data_of(page(["of \ud800"], names=("whole",)))["segmenters"]
    assert [cut[3] for own in segmenter["cuts"] for cut in own] == [-1], "it is not the n-gram 'of ?'"


def test_a_score_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="no numeric column 'cuont'"):
        page(score="cuont")


PROBE = """<script>
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
def test_a_browser_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page().replace("</body>", PROBE), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([CHROMIUM, *options, path.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    title = re.search(r"<title>(.*?)</title>", done.stdout, flags=re.DOTALL)
    assert title, done.stderr
    seen = json.loads(html.unescape(title[1]))
    assert seen["first"] == ["New  York City", "of the", "of the", "New York"]
    assert seen["note"] == "n: 3\ncount: 7"
    assert seen["whole"] == [TEXTS[0], TEXTS[2]]
    assert seen["lines"] == TEXTS
    assert seen["wide"] == 0
    assert seen["legend"].startswith("count 7")
