"""The pictures of the docs agree with the code, and load nothing from elsewhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spanreg.dictionaries.file import FileDictionary
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.spans.offsets import segment_texts

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = sorted((DOCS / "images").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

# The phrases and the sentence that the page names below the picture.
PHRASES = "in New York\nNew York City\nCity Hall\nHall of Records\n"
TEXT = "She works in New York City Hall of Records."
CONFIGS = {
    "single": {"type": "single"},
    "max_match forward": {"type": "max_match"},
    "max_match backward": {"type": "max_match", "direction": "backward"},
    "max_match bidirectional": {"type": "max_match", "direction": "bidirectional"},
    "viterbi": {"type": "viterbi"},
    "random": {"type": "random", "seed": 1},
    "fixed, 2 words": {"type": "fixed", "words": 2},
    "whole": {"type": "whole"},
}


def svg_elements(name: str) -> Iterator[ElementTree.Element]:
    """Yield all elements of a picture in document order."""
    yield from ElementTree.fromstring((DOCS / "images" / name).read_text(encoding="utf-8")).iter()


def test_the_picture_shows_the_spans_of_each_segmenter(tmp_path: Path) -> None:
    drawn: dict[str, list[str]] = {}
    for element in svg_elements("segmenters.svg"):
        if element.tag == f"{SVG}text" and element.text:
            if element.get("class") == "name":
                drawn[element.text] = []
            else:
                drawn[list(drawn)[-1]].append(element.text)
    (tmp_path / "phrases.txt").write_text(PHRASES, encoding="utf-8")
    dictionary = FileDictionary(str(tmp_path / "phrases.txt"))
    expected = {}
    for name, config in CONFIGS.items():
        (spans,) = segment_texts(Segmenter.from_params(config, dictionary=dictionary), [TEXT])
        expected[name] = [TEXT[span.start : span.end] for span in spans]
    assert drawn == expected


def test_ranks_are_drawn_on_a_logarithmic_scale() -> None:
    circles = [element for element in svg_elements("scores.svg") if element.tag == f"{SVG}circle"]
    titles = [circle.findtext(f"{SVG}title", "") for circle in circles]
    ranks = [int(re.findall(r"rank ([\d,]+)", title)[0].replace(",", "")) for title in titles]
    heights = [float(circle.get("cy", "nan")) for circle in circles]
    # One unit of height for each power of ten; the picture has heights with one decimal.
    top, step = heights[ranks.index(1)], (max(heights) - min(heights)) / math.log10(max(ranks))
    # Eight n-grams, each ranked by four scores.
    assert len(ranks) == 4 * 8
    for rank, height in zip(ranks, heights, strict=True):
        assert height == pytest.approx(top + step * math.log10(rank), abs=0.2)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_pictures_have_a_title_and_a_page_and_load_nothing(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert next(element for element in svg_elements(picture.name) if element.tag == f"{SVG}title").text
    assert not re.search(r"href|url\(|https?:|@import", text)
    assert any(f"/images/{picture.name})" in page.read_text(encoding="utf-8") for page in DOCS.glob("*/*.md"))
