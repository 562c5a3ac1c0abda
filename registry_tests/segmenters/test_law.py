"""Properties of every registered segmenter: its spans partition the words and depend on the text alone."""

import json
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.empty import EmptyDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.spans.offsets import layers_of_texts, segment_texts
from spanreg.words import WordRule

PHRASES = "of the\nin the end\nthe end of\na a\na a b\nnew york city\ndon't know\n漢字\n"
GOLD = {"text": "in the end of the", "spans": [[0, 10], [11, 17]]}
CONFIGS = {
    "max_match forward": {"type": "max_match"},
    "max_match backward": {"type": "max_match", "direction": "backward"},
    "max_match bidirectional": {"type": "max_match", "direction": "bidirectional"},
    "max_match whitespace": {"type": "max_match", "words": "whitespace"},
    "released_max_match": {"type": "released_max_match"},
    "single whitespace": {"type": "single", "words": "whitespace"},
    "viterbi": {"type": "viterbi", "word_score": 0.5},
    "viterbi log": {"type": "viterbi", "scale": "log"},
    "random": {"type": "random"},
    "random in training": {"type": "random", "splits": ["train"], "seed": 3},
    "random matched": {"type": "random", "matched_to": {"type": "max_match", "direction": "backward"}},
    "random drawn": {"type": "random", "lengths": [1, 2, 3], "seed": 1},
    "gold": {"type": "gold", "path": "GOLD", "otherwise": "max_match"},
    "multi": {"type": "multi", "segmenters": ["max_match", {"type": "fixed", "words": 2}, "single"]},
    "chunk": {"type": "chunk"},
    "fixed": {"type": "fixed", "words": 2},
    "whole": {"type": "whole"},
    "single": {"type": "single"},
}
"Configs by name; the value ``GOLD`` stands for the path of a file with that row."
WITHOUT_DICTIONARY = {"random drawn", "chunk", "fixed", "whole", "single", "single whitespace"}
WHITESPACE = {"max_match whitespace", "released_max_match", "single whitespace"}

WORD = st.sampled_from(
    ["of", "the", "The", "in", "end", "a", "b", "new", "york", "city", "don't", "know", "漢字", ",", "é"]
)
TEXT = st.lists(WORD, max_size=12).map(" ".join) | st.text(max_size=12) | st.just(GOLD["text"])


@pytest.fixture(scope="module", params=CONFIGS)
def segmenter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    """Return each configured segmenter in turn."""
    return make_segmenter(request.param, tmp_path_factory.mktemp("phrases"))


def make_segmenter(name: str, folder: Path, phrases: str = PHRASES) -> Segmenter:
    """Return a segmenter whose dictionary has these phrases."""
    path = folder / "phrases.txt"
    path.write_text(phrases, encoding="utf-8")
    words = WordRule.from_params("whitespace" if name in WHITESPACE else "unicode")
    return make_segmenter_with_dictionary(name, folder, FileDictionary(str(path), words=words))


def make_segmenter_with_dictionary(name: str, folder: Path, dictionary: SpanDictionary) -> Segmenter:
    """Return a configured segmenter."""
    if name == "chunk":
        pytest.importorskip("textblob", reason="textblob is not installed: it comes with the extra 'chunk'")
    gold = folder / "gold.jsonl"
    gold.write_text(json.dumps(GOLD), encoding="utf-8")
    config = {key: str(gold) if value == "GOLD" else value for key, value in CONFIGS[name].items()}
    return Segmenter.from_params(config, dictionary=dictionary)


def test_every_registered_segmenter_is_tested_here() -> None:
    assert set(Segmenter.list_available()) == {config["type"] for config in CONFIGS.values()}


def test_every_segmenter_has_a_row_in_the_docs_and_an_example_config() -> None:
    docs = Path(__file__).parents[2] / "docs" / "reference" / "dictionaries_and_segmenters.md"
    table = docs.read_text(encoding="utf-8").partition("\n## Segmenters\n")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {row.strip(" `") for row in rows} == set(Segmenter.list_available())
    configs = {path.stem for path in (docs.parents[2] / "configs" / "segmenters").glob("*.jsonnet")}
    assert configs == set(Segmenter.list_available())


@given(st.lists(TEXT, max_size=6))
@settings(max_examples=30)
def test_spans_partition_the_words(segmenter: Segmenter, texts: list[str]) -> None:
    words = segmenter.word_rule.words_of(texts)
    begins = segmenter.begins(words)
    assert begins.dtype == np.bool_
    assert begins.shape == (len(words),)
    layers = layers_of_texts(segmenter, texts)
    assert [text_layers[0] for text_layers in layers] == segment_texts(segmenter, texts)
    for i, spans in ((i, spans) for i, text_layers in enumerate(layers) for spans in text_layers):
        words_of_text = words.of(i)
        assert sum(span.words for span in spans) == len(words_of_text)
        cut = segmenter.word_rule.words_of([texts[i][span.start : span.end] for span in spans])
        assert [word for part in range(len(spans)) for word in cut.of(part)] == words_of_text
        assert all(before.end <= after.start for before, after in pairwise(spans))


@given(st.lists(TEXT, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_spans_of_a_text_do_not_depend_on_its_batch(segmenter: Segmenter, texts: list[str], random: Random) -> None:
    together = layers_of_texts(segmenter, texts)
    assert together == layers_of_texts(segmenter, texts)
    assert together == [layers_of_texts(segmenter, [text])[0] for text in texts]
    order = random.sample(range(len(texts)), len(texts))
    assert layers_of_texts(segmenter, [texts[i] for i in order]) == [together[i] for i in order]


@pytest.mark.parametrize("name", CONFIGS)
def test_fingerprints_change_with_the_dictionary_only_if_it_is_used(name: str, tmp_path: Path) -> None:
    fingerprint = make_segmenter(name, tmp_path).fingerprint()
    assert make_segmenter(name, tmp_path).fingerprint() == fingerprint
    other = make_segmenter(name, tmp_path, PHRASES + "one more\n").fingerprint()
    assert (other != fingerprint) == (name not in WITHOUT_DICTIONARY)


def test_fingerprints_differ_between_segmenters(tmp_path: Path) -> None:
    segmenters = [make_segmenter_with_dictionary(name, tmp_path, EmptyDictionary()) for name in CONFIGS]
    assert len({segmenter.fingerprint() for segmenter in segmenters}) == len(CONFIGS)
