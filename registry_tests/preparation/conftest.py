"""Tokenizers of every kind, trained for the tests, and a segmenter with an obvious rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words

CORPUS = [
    "The old man kicked the bucket, and nobody cared; it wasn't a big deal.",
    "A café in São Paulo serves naïve tourists over-priced crème brûlée.",
    "日本語の文章と中文句子 mixed with English words.",
    "Read https://example.org/path?q=1 at 10:45, or e-mail someone@example.org!",
    "Emoji 😀 and 👩‍👩‍👧 and 🇩🇪 appear here.",
] * 3

PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL = [PAD, UNKNOWN, START, END]


class EveryThirdWordSegmenter(Segmenter):
    """Segmenter that begins a span at every third word, and at every word of one character."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        index = np.arange(len(words)) - np.repeat(words.bounds[:-1], np.diff(words.bounds))
        begins: NDArray[np.bool_] = (index % 3 == 0) | (words.ends - words.starts == 1)
        return begins

    def fingerprint(self) -> str:
        return "every-third"


def train_word_piece() -> Tokenizer:
    """Return a tokenizer in the manner of BERT."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    train_on_corpus(tokenizer, trainers.WordPieceTrainer(vocab_size=300, special_tokens=SPECIAL, show_progress=False))
    set_template(tokenizer, f"{START} $A {END}", f"{START} $A {END} $B:1 {END}:1")
    return tokenizer


def train_byte_level(prefix: bool, trim: bool) -> Tokenizer:
    """Return a tokenizer in the manner of RoBERTa."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    options: dict[str, Any] = {"special_tokens": SPECIAL, "initial_alphabet": alphabet, "show_progress": False}
    train_on_corpus(tokenizer, trainers.BpeTrainer(vocab_size=400, **options))
    end, start = ((token, SPECIAL.index(token)) for token in (END, START))
    tokenizer.post_processor = processors.RobertaProcessing(end, start, trim_offsets=trim, add_prefix_space=prefix)
    return tokenizer


def train_unigram(normalizer: normalizers.Normalizer, byte_fallback: bool = False) -> Tokenizer:
    """Return a tokenizer in the manner of XLNet, with the special tokens at the end."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    extra = [f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else []
    options: dict[str, Any] = {"special_tokens": SPECIAL + extra, "unk_token": UNKNOWN, "show_progress": False}
    train_on_corpus(tokenizer, trainers.UnigramTrainer(vocab_size=250 + len(extra), **options))
    if byte_fallback:
        # The trainer has no such option: the model is made again from its pieces.
        pieces = [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]
        tokenizer.model = models.Unigram(pieces, unk_id=SPECIAL.index(UNKNOWN), byte_fallback=True)
    set_template(tokenizer, f"$A {END} {START}", f"$A {END} $B:1 {END}:1 {START}:2")
    return tokenizer


def train_without_special_tokens() -> Tokenizer:
    """Return a tokenizer that adds no special tokens."""
    tokenizer = train_byte_level(prefix=False, trim=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def train_without_latin_letters() -> Tokenizer:
    """Return a tokenizer of Han characters, which leaves out all others for lack of an unknown token."""
    tokenizer = Tokenizer(models.BPE())
    texts = ["".join(filter("日本語の文章と中文句子".__contains__, text)) for text in CORPUS]
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(special_tokens=SPECIAL, show_progress=False))
    set_template(tokenizer, f"{START} $A {END}", f"{START} $A {END} $B:1 {END}:1")
    return tokenizer


def train_on_corpus(tokenizer: Tokenizer, trainer: Any) -> None:
    tokenizer.train_from_iterator(CORPUS, trainer)


def set_template(tokenizer: Tokenizer, single: str, pair: str) -> None:
    ids = [(token, SPECIAL.index(token)) for token in (START, END)]
    tokenizer.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=ids)


TOKENIZER_KINDS: dict[str, tuple[Callable[[], Tokenizer], bool]] = {
    "word_piece": (train_word_piece, True),
    "byte_level": (lambda: train_byte_level(prefix=False, trim=False), False),
    "byte_level_trimmed": (lambda: train_byte_level(prefix=True, trim=True), False),
    "unigram": (lambda: train_unigram(normalizers.NFKC()), True),
    "unigram_stripped": (
        lambda: train_unigram(
            normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
        ),
        False,
    ),
    "unigram_bytes": (lambda: train_unigram(normalizers.NFKC(), byte_fallback=True), False),
    "without_special_tokens": (train_without_special_tokens, False),
}
"For each kind, a function that trains a tokenizer, and whether the tokenizer has type ids."


def wrap(tokenizer: Tokenizer, type_ids: bool) -> PreTrainedTokenizerFast:
    """Return a tokenizer of transformers."""
    names = ["input_ids", "token_type_ids", "attention_mask"] if type_ids else ["input_ids", "attention_mask"]
    special = {"pad_token": PAD, "unk_token": UNKNOWN, "cls_token": START, "sep_token": END}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=names, **special)


@pytest.fixture(scope="session", params=TOKENIZER_KINDS)
def tokenizer(request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    """Return a tokenizer of each kind in turn."""
    make, type_ids = TOKENIZER_KINDS[request.param]
    return wrap(make(), type_ids)


@pytest.fixture(scope="session")
def han() -> PreTrainedTokenizerFast:
    """Return a tokenizer that has no tokens for a text of Latin letters."""
    return wrap(train_without_latin_letters(), type_ids=True)


@pytest.fixture(scope="session")
def bert() -> PreTrainedTokenizerFast:
    """Return a WordPiece tokenizer with type ids, for tests that do not depend on the kind."""
    return wrap(train_word_piece(), type_ids=True)


@pytest.fixture
def segmenter() -> Segmenter:
    """Return a segmenter whose spans have at most three words."""
    return EveryThirdWordSegmenter()
