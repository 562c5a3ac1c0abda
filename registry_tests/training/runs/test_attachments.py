"""Attachments: dictionaries and files of segmenters are copied into the run folder, and move with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.demo import DemoReader
from spanreg.dictionaries.base import SpanDictionary
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words, find_words
from spanreg.training.runs.attachments import located_attachments, save_attachments


class OuterSegmenter(Segmenter):
    """Segmenter with a dictionary under another name, a word under the name `dictionary`, and an inner segmenter."""

    def __init__(
        self, phrases: SpanDictionary | None = None, dictionary: str = "", inner: Segmenter | None = None
    ) -> None:
        self.phrases, self.dictionary, self.inner = phrases, dictionary, inner

    def begins(self, words: Words) -> NDArray[np.bool_]:
        return np.ones(len(words), dtype=np.bool_)

    def fingerprint(self) -> str:
        return "outer"


def test_dictionaries_are_found_by_their_annotations_and_copied(tmp_path: Path) -> None:
    Segmenter.register("outer")(OuterSegmenter)
    list_file = tmp_path / "phrases.txt"
    list_file.write_text("red fox\n")
    phrases: dict[str, Any] = {"type": "file", "path": str(list_file)}
    inner = {"type": "max_match", "dictionary": phrases}
    config = {"type": "outer", "phrases": phrases, "dictionary": "webster", "inner": inner}
    run = tmp_path / "run"
    saved = save_attachments(config, run, DemoReader())
    copies = [{"type": "file", "path": f"dictionaries/{number}.parquet"} for number in (0, 1)]
    assert saved == {**config, "phrases": copies[0], "inner": {**inner, "dictionary": copies[1]}}
    list_file.unlink()
    moved = run.rename(tmp_path / "moved")
    segmenter = Segmenter.from_params(located_attachments(saved, moved))
    assert isinstance(segmenter, OuterSegmenter)
    assert segmenter.phrases is not None
    assert segmenter.phrases.table()["ngram"].to_pylist() == ["red fox"]


def test_a_file_of_gold_spans_is_copied_once_for_each_use(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"text": "red fox runs", "spans": [[0, 7]]}')
    inner = {"type": "gold", "path": str(gold), "otherwise": "whole"}
    config = {"type": "multi", "segmenters": [{"type": "random", "matched_to": inner}, inner, "single"]}
    run = tmp_path / "run"
    saved = save_attachments(config, run, DemoReader())
    copies = [{**inner, "path": f"files/{number}.jsonl"} for number in (0, 1)]
    assert saved["segmenters"] == [{"type": "random", "matched_to": copies[0]}, copies[1], "single"]
    words = find_words(["red fox runs"])
    expected = Segmenter.from_params(config).layered_begins(words).tolist()
    gold.unlink()
    moved = run.rename(tmp_path / "moved")
    segmenter = Segmenter.from_params(located_attachments(saved, moved))
    assert segmenter.layered_begins(words).tolist() == expected
