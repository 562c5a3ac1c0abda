"""Base phrases: build from a config, equal a slow reading of the chunker's output, and report a missing package."""

import sys
from importlib import util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.unicode.words import find_words

needs_textblob = pytest.mark.skipif(
    util.find_spec("textblob") is None, reason="textblob is not installed: it comes with the extra 'chunk'"
)


def cut(text: str, *phrases: str) -> str:
    config = {"type": "chunk", **({"phrases": list(phrases)} if phrases else {})}
    (spans,) = segment_texts(Segmenter.from_params(config), [text])
    return " | ".join(text[span.start : span.end] for span in spans)


@needs_textblob
def test_phrases_of_a_sentence() -> None:
    text = "The old man has slowly kicked the bucket in New York, hasn't he?"
    assert cut(text) == "The old man | has slowly kicked | the bucket | in | New York | , | hasn't | he | ?"
    assert cut(text, "NP") == "The old man | has | slowly | kicked | the bucket | in | New York | , | hasn't | he | ?"
    assert (
        cut(text, "VP") == "The | old | man | has slowly kicked | the | bucket | in | New | York | , | hasn't | he | ?"
    )


WORD = st.sampled_from(
    ["the", "old", "man", "quickly", "and", "kicked", "New", "York", "may", "go", ",", "/", "1,000", "very"]
)


@needs_textblob
@given(st.lists(WORD, min_size=1, max_size=10))
@settings(max_examples=100)
def test_equals_a_slow_reading_of_what_the_chunker_prints(chosen: list[str]) -> None:
    from textblob.en import parse

    words = find_words([" ".join(chosen)])
    begins, before = [], ""
    for token in str(parse(" ".join(words.of(0)), tokenize=False)).split(" "):
        _, _, tag, _ = token.split("/")
        place, _, kind = tag.partition("-")
        begins.append(place != "I" or kind != before)
        before = kind
    assert Segmenter.from_params("chunk").begins(words).tolist() == begins


@needs_textblob
@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_contractions_are_taken_apart_for_the_tagger_only(apostrophe: str) -> None:
    text = "They haven't seen the man's dog, and she'll go."
    expected = "They | haven't seen | the man's | dog | , | and | she'll | go | ."
    assert cut(text.replace("'", apostrophe)) == expected.replace("'", apostrophe)


@needs_textblob
def test_the_fingerprint_knows_the_kinds() -> None:
    kinds = [["NP"], ["VP"], ["NP", "VP"], ["VP", "NP"]]
    prints = [Segmenter.from_params({"type": "chunk", "phrases": own}).fingerprint() for own in kinds]
    assert len(set(prints)) == 3
    assert prints[2] == prints[3]


def test_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textblob", None)
    with pytest.raises(ConfigurationError) as caught:
        Segmenter.from_params("chunk")
    text = "type: the segmenter 'chunk' needs the package 'textblob', which is not installed. "
    text += "it comes with the extra 'chunk': pip install 'spanreg[chunk]'"
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("phrases", "problem"),
    [([], r"phrases: is \[\]. give a list of at least 1"), (["NPP"], r"phrases.0: is .*NPP.* did you mean 'PP'")],
)
def test_unknown_kinds_of_phrases(phrases: list[str], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Segmenter.from_params({"type": "chunk", "phrases": phrases})
