"""What a config means once it is put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanreg.dictionaries import SpanDictionary
from spanreg.registry import ConfigurationError, Lazy
from spanreg.segmenters import Segmenter
from spanreg.segmenters.max_match import MaxMatch
from spanreg.segmenters.single import Single
from spanreg.training.assembly import build_segmenter


def phrases(folder: Path) -> SpanDictionary:
    """A dictionary of one phrase."""
    path = folder / "phrases.txt"
    path.write_text("on thin ice\n", encoding="utf-8")
    return SpanDictionary.from_params({"type": "file", "path": str(path)})


def test_without_a_segmenter_the_dictionary_decides(tmp_path: Path) -> None:
    assert isinstance(build_segmenter(None, None), Single)
    assert isinstance(build_segmenter(None, phrases(tmp_path)), MaxMatch)


def test_the_longest_match_wants_a_dictionary() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_segmenter(Lazy(Segmenter, {"type": "max_match"}), None)
    assert str(caught.value) == (
        "dictionary: MaxMatch needs 'dictionary' at run time and got none. "
        "hand it down with dictionary=..., or give it in the config"
    )
