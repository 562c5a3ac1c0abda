"""Spans of texts as character offsets."""

from pathlib import Path

from spanreg.dictionaries.file import FileDictionary
from spanreg.segmenters.max_match import MaxMatchSegmenter
from spanreg.segmenters.spans.offsets import Span, segment_texts


def test_offsets_count_the_characters_of_each_text(tmp_path: Path) -> None:
    path = tmp_path / "phrases.txt"
    path.write_text("new york\n", encoding="utf-8")
    segmenter = MaxMatchSegmenter(FileDictionary(str(path)))
    assert segment_texts(segmenter, ["", "é  New   York!", "York"]) == [
        [],
        [Span(0, 1, 1), Span(3, 13, 2), Span(13, 14, 1)],
        [Span(0, 4, 1)],
    ]
    assert segment_texts(segmenter, []) == []
