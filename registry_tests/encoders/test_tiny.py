"""The tiny encoder for tests and first experiments."""

from __future__ import annotations

from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.encoders import Encoder
from spanreg.encoders.tiny import TinyEncoder, count_pieces
from spanreg.registry import ConfigurationError

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "naïve café, 100 %"]


def test_builds_from_a_config() -> None:
    encoder = Encoder.from_params({"type": "tiny", "dim": 16, "layers": 1, "positions": 64}, texts=TEXTS).load()
    assert isinstance(encoder, TinyEncoder)
    assert (encoder.dim, encoder.max_tokens, len(encoder.backbone.encoder.layer)) == (16, 64, 1)
    assert encoder.tokenizer.is_fast
    assert encoder.tokenizer.tokenize("The cat sat") == ["the", "cat", "sat"]


def test_vectors_equal_those_of_the_backbone() -> None:
    encoder = Encoder.from_params("tiny", texts=TEXTS).load().eval()
    batch = encoder.tokenizer(TEXTS, TEXTS[::-1], padding=True, return_tensors="pt")
    encoded = encoder(**batch)
    expected = encoder.backbone(**batch).last_hidden_state
    assert torch.equal(encoded.tokens, expected)
    assert torch.equal(encoded.sentence, expected[:, 0])


def test_type_ids_distinguish_the_sentences_of_a_pair() -> None:
    tokenizer = TinyEncoder(TEXTS).tokenizer
    pair = tokenizer("the cat", "the dog")
    assert tokenizer.convert_ids_to_tokens(pair["input_ids"]) == ["[CLS]", "the", "cat", "[SEP]", "the", "dog", "[SEP]"]
    assert pair["token_type_ids"] == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("text", ["", " ", "xyzzy!", "日本語 🙂", "e\u0301", "a" * 500, "\x00\ufffd"])
def test_any_text_is_encoded_without_training_texts(text: str) -> None:
    encoder = TinyEncoder().load()
    batch = encoder.tokenizer([text], return_tensors="pt", truncation=True)
    assert encoder(**batch).tokens.isfinite().all()


def test_unseen_words_are_split_into_letters() -> None:
    assert TinyEncoder().tokenizer.tokenize("Zebra-7") == ["z", "##e", "##b", "##r", "##a", "-", "7"]


def test_the_seed_determines_the_weights() -> None:
    states = []
    for seed in (4, 4, 5):
        torch.manual_seed(seed)
        states.append(TinyEncoder(TEXTS).load().state_dict())
    first, same_seed, other_seed = states
    assert all(torch.equal(first[name], same_seed[name]) for name in first)
    assert not all(torch.equal(first[name], other_seed[name]) for name in first)


@given(st.lists(st.text("abcß日!", min_size=1, max_size=4), max_size=30), st.randoms(), st.integers(200, 260))
@settings(max_examples=50)
def test_the_vocabulary_does_not_depend_on_the_order_of_words(
    words: list[str], random: Random, vocabulary: int
) -> None:
    pieces = count_pieces(words, vocabulary)
    random.shuffle(words)
    assert count_pieces(words, vocabulary) == pieces
    assert len(set(pieces)) == len(pieces) <= vocabulary
    assert pieces[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def test_frequent_words_come_first_in_the_vocabulary() -> None:
    assert count_pieces(["rare", "often", "often"], 1000)[-2:] == ["often", "rare"]


def test_the_size_of_the_vocabulary_is_limited() -> None:
    texts = [chr(0x4E00 + number) * 2 for number in range(3000)]
    encoder = TinyEncoder(texts, vocabulary=300)
    assert len(encoder.tokenizer) <= 300
    assert encoder.tokenizer.tokenize("ab") == ["a", "##b"]


def test_restore_builds_a_backbone_of_the_saved_size() -> None:
    encoder = TinyEncoder(TEXTS).load()
    assert TinyEncoder().restore(encoder.config).backbone.config.vocab_size == len(encoder.tokenizer)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"dim": 33}, "dim: is 33. give an even number"),
        ({"layers": 0}, "layers: is 0. give at least 1"),
        ({"texts": ["a"]}, "texts: is known only at run time. remove it"),
    ],
)
def test_wrong_options_are_refused(config: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Encoder.from_params({"type": "tiny", **config})
    assert str(caught.value) == message
