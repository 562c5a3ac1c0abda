"""Base phrases of the chunker of textblob: equality with a slow reading of its output, and a missing package."""

import sys
from importlib import util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.unicode.words import find_words

requires_textblob = pytest.mark.skipif(
    util.find_spec("textblob") is None, reason="textblob is not installed: it comes with the extra 'chunk'"
)


def segmented(text: str, *phrases: str) -> str:
    """Return a text with marks between its spans."""
    config = {"type": "chunk", **({"phrases": list(phrases)} if phrases else {})}
    (spans,) = segment_texts(Segmenter.from_params(config), [text])
    return " | ".join(text[span.start : span.end] for span in spans)


@requires_textblob
def test_the_kinds_of_phrases_are_configurable() -> None:
    text = "The old man has slowly kicked the bucket in New York, hasn't he?"
    assert segmented(text) == "The old man | has slowly kicked | the bucket | in | New York | , | hasn't | he | ?"
    noun_phrases = "The old man | has | slowly | kicked | the bucket | in | New York | , | hasn't | he | ?"
    assert segmented(text, "NP") == noun_phrases
    verb_phrases = "The | old | man | has slowly kicked | the | bucket | in | New | York | , | hasn't | he | ?"
    assert segmented(text, "VP") == verb_phrases


WORD = st.sampled_from(
    ["the", "old", "man", "quickly", "and", "kicked", "New", "York", "may", "go", ",", "/", "1,000", "very"]
)


@requires_textblob
@given(st.lists(WORD, min_size=1, max_size=10))
@settings(max_examples=100)
def test_equals_a_slow_reading_of_the_output_of_the_chunker(word_list: list[str]) -> None:
    from textblob.en import parse

    words = find_words([" ".join(word_list)])
    begins, before = [], ""
    for token in str(parse(" ".join(words.of(0)), tokenize=False)).split(" "):
        _, _, tag, _ = token.split("/")
        chunk_position, _, kind = tag.partition("-")
        begins.append(chunk_position != "I" or kind != before)
        before = kind
    assert Segmenter.from_params("chunk").begins(words).tolist() == begins


@requires_textblob
@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_contractions_are_split_for_the_tagger_only(apostrophe: str) -> None:
    text = "They haven't seen the man's dog, and she'll go."
    expected = "They | haven't seen | the man's | dog | , | and | she'll | go | ."
    assert segmented(text.replace("'", apostrophe)) == expected.replace("'", apostrophe)


@requires_textblob
def test_the_fingerprint_covers_the_kinds_but_not_their_order() -> None:
    kinds = [["NP"], ["VP"], ["NP", "VP"], ["VP", "NP"]]
    fingerprints = [Segmenter.from_params({"type": "chunk", "phrases": phrases}).fingerprint() for phrases in kinds]
    assert len(set(fingerprints)) == 3
    assert fingerprints[2] == fingerprints[3]


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_unknown_kinds_of_phrases_are_refused(phrases: list[str], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Segmenter.from_params({"type": "chunk", "phrases": phrases})
