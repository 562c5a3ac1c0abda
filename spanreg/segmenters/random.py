"""Random spans with a given distribution of lengths, the control of all segmenters."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.data.base import DatasetReader
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import AtLeast, ConfigurationError, Inherited, Items, NotWith, Weights, suggest
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.max_match import MaxMatchSegmenter, forward_begins
from spanreg.segmenters.plain import PlainSegmenter, rule_of_part
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
"Increment of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."
_MIX: Final = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))
"Shifts and factors that mix its state into an output."


@Segmenter.register("random")
class RandomSegmenter(PlainSegmenter):
    """Random spans with the lengths of another segmenter, or with given ones; registered as ``random``.

    With ``matched_to``, the lengths of the other segmenter's spans are shuffled within each text, so that a text keeps
    the number of its spans of each length, and only their positions are random. With ``lengths``, a length of n words
    is drawn for each span with probability ``lengths[n - 1] / sum(lengths)``; the last span may be shorter. With
    ``splits: ['train']``, only training texts get random spans, the control of the paper's released code.

    The result for a text depends only on the seed and the text. A text's key is BLAKE2b (digest of 8 bytes, read as a
    little-endian integer) of the seed in decimal, a zero byte and the text in UTF-8; its number i = 0, 1, ... is the
    SplitMix64 output after i + 1 steps from that key. With ``matched_to``, spans are sorted by the numbers of their
    indices. With ``lengths``, a span that begins at word i has the smallest length n with
    ``number / 2**64 < (lengths[0] + ... + lengths[n - 1]) / sum(lengths)``, computed with the upper 53 bits.

    ``segmenter: { type: 'random', matched_to: { type: 'max_match' }, splits: ['train'] }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021: the released code shuffles the lengths of spans in training
    texts, those of special tokens among them (``do_random``). Random spans in all splits, and spans of words only, are
    our choice.

    Parameters:
        matched_to: segmenter whose lengths are used; default, without ``lengths``: ``max_match`` with the dictionary.
        lengths: weights of the lengths 1, 2, 3, ... words, instead of another segmenter.
        dictionary: dictionary of the default ``max_match``; default: that of the config.
        seed: random seed; default 0.
        splits: splits whose texts get random spans; the others get those of ``matched_to``; default: all texts.
        words: word rule; default: that of ``matched_to``, or of the dictionary, or ``unicode`` without both.
        data: data whose splits are known; default: that of the config.

    Raises:
        ConfigurationError: both ``matched_to`` and ``lengths`` are given, or there is no source of lengths; weights are
            negative, not finite, or all zero; ``splits`` are used with ``lengths``, are empty, or are not splits of the
            data; or ``matched_to`` has another word rule than ``words``.
    """

    def __init__(
        self,
        matched_to: Segmenter | None = None,
        lengths: Annotated[Sequence[float], Weights(), NotWith("matched_to")] | None = None,
        dictionary: Inherited[SpanDictionary | None] = None,
        seed: Annotated[int, AtLeast(0)] = 0,
        splits: Annotated[Sequence[str], Items(1), NotWith("lengths")] | None = None,
        words: WordRule | None = None,
        data: Inherited[DatasetReader | None] = None,
    ) -> None:
        super().__init__(words, dictionary)
        if matched_to is not None and lengths is not None:
            hint = "remove one of the two"
            raise ConfigurationError("cannot be combined with matched_to", path="lengths", hint=hint)
        if matched_to is None and lengths is None:
            if dictionary is None:
                hint = "add a dictionary, or matched_to, or lengths"
                raise ConfigurationError("has no source of span lengths", hint=hint)
            matched_to = MaxMatchSegmenter(dictionary)
        # Splits are compared with those of the data now: a misspelt one would silently make no text random.
        if splits is not None:
            _require_splits(splits, matched_to, data)
        self._matched_to = matched_to
        self._splits = splits
        self._shares = None if lengths is None else _shares(lengths)
        self._seed = seed

    @cached_property
    def word_rule(self) -> WordRule:
        """Configured word rule, or that of ``matched_to``, or that of the dictionary."""
        if self._matched_to is None:
            return super().word_rule
        return rule_of_part(self._matched_to, self._named_rule, "matched_to")

    def for_split(self, split: str | None) -> Segmenter:
        if self._matched_to is None or self._splits is None or split in self._splits:
            return self
        return self._matched_to.for_split(split)

    def begins(self, words: Words) -> NDArray[np.bool_]:
        keys = self._text_keys(words)
        if self._matched_to is not None:
            return _shuffled_begins(self._matched_to.begins(words), words.bounds, keys)
        return self._drawn_begins(words.bounds, keys)

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "random",
                "matched_to": None if self._matched_to is None else self._matched_to.fingerprint(),
                "shares": None if self._shares is None else self._shares.tolist(),
                "seed": self._seed,
                "word_rule": self.word_rule.version,
            }
        )

    def _text_keys(self, words: Words) -> NDArray[np.uint64]:
        """Return the key of each text, shape: (texts,)."""
        # BLAKE2b and not ``hash``, which differs between processes. The seed is hashed once, and its state copied.
        seeded = hashlib.blake2b(f"{self._seed}\0".encode(), digest_size=8)
        digests = []
        for text in words.texts:
            own = seeded.copy()
            own.update(text.encode("utf-8", "surrogatepass"))
            digests.append(own.digest())
        # Little-endian on every machine, as documented.
        return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)

    def _drawn_begins(self, bounds: NDArray[np.int64], keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return True for each word that begins a span, with random lengths; shape: (words,)."""
        assert self._shares is not None
        # A length is drawn at every word, and those at which a span begins are used: that needs no loop over spans.
        sizes = np.diff(bounds)  # number of words of each text
        # The upper 53 bits fill the mantissa of a double exactly, so every number is in [0, 1).
        uniform = (_random_numbers(keys, sizes) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        lengths = np.searchsorted(self._shares, uniform, side="right") + 1
        left = np.repeat(bounds[1:], sizes) - np.arange(lengths.size)  # words from each one to the end of its text
        return forward_begins(np.minimum(lengths, left).astype(np.int32))


def _require_splits(splits: Sequence[str], matched_to: Segmenter | None, data: DatasetReader | None) -> None:
    """Check that splits exist, and that there are spans for the other ones.

    Raises:
        ConfigurationError: a split is unknown, or ``matched_to`` is missing.
    """
    if matched_to is None:
        problem = "cannot be combined with lengths, which define no spans for the other splits"
        raise ConfigurationError(problem, path="splits", hint="give matched_to instead of lengths, or remove splits")
    known = splits if data is None else data.splits()
    for split in splits:
        if split not in known:
            raise ConfigurationError(
                f"the data have no split '{split}'", path="splits", hint=suggest(split, known, "splits")
            )


def _shares(weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the cumulative distribution of lengths, shape: (lengths,)."""
    given = np.asarray(weights, dtype=np.float64)
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        hint = "give finite weights of the lengths 1, 2, 3, ... words, none negative and one above 0"
        raise ConfigurationError(f"{list(weights)} are not valid weights", path="lengths", hint=hint)
    shares: NDArray[np.float64] = np.cumsum(given) / given.sum()  # shape: (lengths,)
    shares[np.flatnonzero(given)[-1] :] = 1.0  # the sum may be rounded to slightly less
    return shares


def _random_numbers(keys: NDArray[np.uint64], sizes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the first ``sizes[i]`` random numbers of each text i, concatenated, shape: (numbers,)."""
    # SplitMix64 computes its number i without the ones before, so that the numbers of all texts are computed at once.
    firsts = np.cumsum(sizes) - sizes
    steps = np.arange(1, int(sizes.sum()) + 1) - np.repeat(firsts, sizes)  # 1, 2, ... within each text
    state: NDArray[np.uint64] = np.repeat(keys, sizes) + steps.astype(np.uint64) * _GOLDEN
    for shift, factor in _MIX:
        state = (state ^ (state >> np.uint64(shift))) * factor
    state ^= state >> np.uint64(31)
    return state


def _shuffled_begins(
    begins: NDArray[np.bool_], bounds: NDArray[np.int64], keys: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """Return True for each word that begins a span after the spans of each text are sorted by random numbers."""
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, begins.size))  # shape: (spans,)
    spans = np.diff(np.searchsorted(starts, bounds))  # number of spans of each text
    text = np.repeat(np.arange(spans.size), spans)  # text of each span
    # Sorting by independent random numbers makes every order equally likely; the text, the last key, sorts first.
    lengths = lengths[np.lexsort((_random_numbers(keys, spans), text))]
    shuffled = np.zeros(begins.size, dtype=np.bool_)
    shuffled[np.cumsum(lengths) - lengths] = True
    return shuffled
