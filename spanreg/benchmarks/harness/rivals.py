"""Rival tools, each as its users run it; the one place that checks which are installed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spanreg.packages import has_package, import_package

HINT: Final = "is not installed: pip install 'spanreg[bench]'"
_FILLER: Final = "\U0010fffd"
"Character for words that are in no phrase."
_FIRST_CHARACTER: Final = 0x100
_SURROGATES: Final = range(0xD800, 0xE000)
"Code points that are not characters."
_WORD: Final = re.compile(r"\w+|[^\w\s]")
"Words and punctuation marks, close to the word rule ``unicode``, which rivals do not have."

Texts = Sequence[Sequence[str]]
"The words of each text."
Phrases = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RivalTool:
    """Another tool for one of our tasks.

    ``MATCHING[0].prepare(texts, phrases)()``
    """

    name: str
    package: str
    "Name of the imported module."
    distribution: str
    "Name of the installed distribution."
    prepare: Callable[..., Callable[[], object]]
    "Makes the input, which is not measured, and returns the function to measure."
    note: str = ""
    "How its work differs from ours."

    def missing(self) -> str:
        """Return why it cannot be measured; empty if it can."""
        return "" if has_package(self.package) else f"{self.distribution} {HINT}"


def _exhaust(results: Any) -> None:
    """Run an iterator to its end without keeping its items."""
    deque(results, maxlen=0)


def _aho_corasick_text(texts: Texts, phrases: Phrases) -> Callable[[], object]:
    """Match phrases between spaces in texts of words between spaces."""
    ahocorasick: Any = import_package("ahocorasick")
    automaton = ahocorasick.Automaton()
    # With spaces at both ends, so that no phrase matches within a word.
    for entry, phrase in enumerate(phrases):
        automaton.add_word(f" {' '.join(phrase)} ", (entry, len(phrase)))
    automaton.make_automaton()
    spaced = [f" {' '.join(words)} " for words in texts]

    def find() -> None:
        for text in spaced:
            _exhaust(automaton.iter_long(text))

    return find


def _aho_corasick_words(texts: Texts, phrases: Phrases) -> Callable[[], object]:
    """Match phrases with one character per word, so that matches cannot start within a word or share a space."""
    ahocorasick: Any = import_package("ahocorasick")
    characters: dict[str, str] = {}
    code = _FIRST_CHARACTER
    for word in (word for phrase in phrases for word in phrase):
        if word not in characters:
            characters[word] = chr(code)
            code = _SURROGATES.stop if code + 1 in _SURROGATES else code + 1
    automaton = ahocorasick.Automaton()
    for entry, phrase in enumerate(phrases):
        automaton.add_word("".join(map(characters.__getitem__, phrase)), (entry, len(phrase)))
    automaton.make_automaton()

    def find() -> None:
        character = characters.get  # looked up once, not for every word
        for words in texts:
            _exhaust(automaton.iter_long("".join([character(word, _FILLER) for word in words])))

    return find


def _flashtext(texts: Texts, phrases: Phrases) -> Callable[[], object]:
    """Match phrases in texts of words between spaces, with flashtext's trie."""
    flashtext: Any = import_package("flashtext")
    processor = flashtext.KeywordProcessor(case_sensitive=True)
    for phrase in phrases:
        processor.add_keyword(" ".join(phrase))
    joined = list(map(" ".join, texts))
    return lambda: [processor.extract_keywords(text, span_info=True) for text in joined]


def _mwe_tokenizer(texts: Texts, phrases: Phrases) -> Callable[[], object]:
    tokenize: Any = import_package("nltk.tokenize")
    tokenizer = tokenize.MWETokenizer(phrases, separator=" ")
    return lambda: [tokenizer.tokenize(words) for words in texts]


def _gensim_apply(texts: Texts, phrases: Phrases) -> Callable[[], object]:
    models: Any = import_package("gensim.models.phrases")
    # Frozen, as gensim advises for models that learn no more: smaller and faster.
    learnt = models.Phrases(texts, min_count=10, delimiter=" ").freeze()
    return lambda: _exhaust(learnt[texts])


MATCHING: Final = (
    RivalTool(
        "pyahocorasick iter_long",
        "ahocorasick",
        "pyahocorasick",
        _aho_corasick_text,
        "misses a phrase that directly follows another one, since they share a space",
    ),
    RivalTool(
        "pyahocorasick iter_long, words as characters",
        "ahocorasick",
        "pyahocorasick",
        _aho_corasick_words,
        "misses nothing, but is slow where a node has many children",
    ),
    RivalTool("NLTK MWETokenizer", "nltk", "nltk", _mwe_tokenizer),
    RivalTool("flashtext extract_keywords", "flashtext", "flashtext", _flashtext),
    RivalTool("gensim Phrases", "gensim", "gensim", _gensim_apply, "finds pairs that it has learnt"),
)
"Tools for the longest match; each gets the same tokenized words in lower case and the same phrases."


def _count_vectorizer(lines: Sequence[str], min_n: int, max_n: int, min_count: int) -> Callable[[], object]:
    """Count n-grams of all lengths, and keep the frequent ones."""
    text: Any = import_package("sklearn.feature_extraction.text")

    def count() -> dict[str, int]:
        # 32 bits: the counts of a slice fit, and 64 would double the rival's memory.
        vectorizer = text.CountVectorizer(ngram_range=(min_n, max_n), token_pattern=_WORD.pattern, dtype=np.int32)
        counts = np.asarray(vectorizer.fit_transform(lines).sum(axis=0)).ravel()
        names = vectorizer.get_feature_names_out()
        kept = counts >= min_count
        return dict(zip(names[kept].tolist(), counts[kept].tolist(), strict=True))

    return count


def _gensim_count(lines: Sequence[str], min_n: int, max_n: int, min_count: int) -> Callable[[], object]:
    models: Any = import_package("gensim.models.phrases")
    return lambda: models.Phrases((_WORD.findall(line.lower()) for line in lines), min_count=min_count).export_phrases()


COUNTING: Final = (
    RivalTool(
        "scikit-learn CountVectorizer",
        "sklearn",
        "scikit-learn",
        _count_vectorizer,
        "its n-grams cross punctuation marks",
    ),
    RivalTool("gensim Phrases", "gensim", "gensim", _gensim_count, "counts pairs only"),
)
"Tools that count n-grams; each gets the lines, and splits words with a regular expression."
