"""Token ids and character offsets of texts, read from a fast tokenizer in columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerBase

from spanreg.registry import ConfigurationError
from spanreg.text.reasons import reason_of
from spanreg.text.surrogates import encodable

_PORTION: Final = 300
"Smallest number of texts that are tokenized at a time: at the end of a portion, all threads wait for the last text."


@dataclass(frozen=True, slots=True)
class TokenColumns:
    """Tokens of a batch of texts, in columns.

    ``OffsetTokenizer(tokenizer, 128)(["The old man sat."]).ids``
    """

    ids: NDArray[np.int32]
    "Shape: (all tokens,)."
    type_ids: NDArray[np.int8] | None
    "Shape: (all tokens,); None if the model does not use them."
    starts: NDArray[np.int32]
    "Offset of each token's first character in its own sentence, shape: (all tokens,)."
    sentences: NDArray[np.int8]
    "0 or 1: the sentence of the token; -1 for special tokens, shape: (all tokens,)."
    bounds: NDArray[np.int64]
    "The tokens of text i are bounds[i] to bounds[i + 1], shape: (texts + 1,)."
    truncated: NDArray[np.bool_]
    "Whether each text was truncated, shape: (texts,)."


class OffsetTokenizer:
    """A private copy of a fast tokenizer that truncates and keeps offsets, independent of changes to the original.

    ``OffsetTokenizer(encoder.tokenizer, max_tokens=128)(["The old man sat."])``

    Parameters:
        tokenizer: any fast tokenizer.
        max_tokens: longest sequence, special tokens included; the longer sentence of a pair is truncated first.
        truncates: whether longer sequences are truncated; default: yes.

    Raises:
        ConfigurationError: the tokenizer is a slow one, or ``max_tokens`` leaves no room for a token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_tokens: int, *, truncates: bool = True) -> None:
        if not getattr(tokenizer, "is_fast", False):
            raise ConfigurationError(
                f"the tokenizer {type(tokenizer).__name__} is a slow one, without character offsets",
                path="encoder",
                hint="spans are found by offsets: use an encoder with a fast tokenizer (one with a tokenizer.json)",
            )
        self.max_tokens = max_tokens
        self.has_type_ids = "token_type_ids" in tokenizer.model_input_names
        # The original may be in use elsewhere, with padding or truncation switched on by every call.
        backend: Tokenizer = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        backend.no_truncation()
        backend.no_padding()
        self._layouts = {pair: _Layout.of(backend, pair) for pair in (False, True)}
        self._check_room(pair=False)
        if truncates:
            backend.enable_truncation(max_tokens, strategy="longest_first", direction=tokenizer.truncation_side)
        self._backend = backend

    def special_tokens(self, *, pair: bool) -> int:
        """Return the number of special tokens that are added to every text, or to every pair of texts."""
        return self._layouts[pair].special

    def fingerprint(self) -> str:
        """Return a hash of everything that token ids depend on: vocabulary, rules, special tokens, truncation."""
        content = json.dumps([self._backend.to_str(), self.has_type_ids])
        return hashlib.sha256(content.encode()).hexdigest()

    def __call__(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> TokenColumns:
        """Return the tokens of every text, or of every pair of texts."""
        with self.started(texts, pairs) as reading:
            return reading()

    @contextmanager
    def started(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> Iterator[Callable[[], TokenColumns]]:
        """Start to tokenize, and return a function that waits for the tokens and returns them.

        Many texts are tokenized in portions by a thread without the interpreter's lock, so that the caller can work at
        the same time. Each portion is read into arrays while the next one is tokenized.
        """
        if pairs is None:
            inputs: list[Any] = [encodable(text) for text in texts]
        else:
            self._check_room(pair=True)
            inputs = [(encodable(text), encodable(pair)) for text, pair in zip(texts, pairs, strict=True)]
        pair = pairs is not None
        # With fewer than two portions, a thread would cost more than it saves.
        count = len(inputs) // _PORTION
        if count < 2:
            yield lambda: self._read(self._encode(inputs), pair)
            return
        size = -(-len(inputs) // count)
        portions = [inputs[first : first + size] for first in range(0, len(inputs), size)]
        # One thread is enough: ``encode_batch`` itself uses all cores.
        with ThreadPoolExecutor(1, "spanreg-tokenizer") as thread:
            encoded = thread.map(self._encode, portions)
            yield lambda: _joined([self._read(encodings, pair) for encodings in encoded])

    def _encode(self, inputs: list[Any]) -> list[Encoding]:
        """Return the encodings of texts or pairs.

        Raises:
            ConfigurationError: a text has characters that the tokenizer has no token for, not even an unknown one.
        """
        try:
            return self._backend.encode_batch(inputs)
        except Exception as error:
            # ``tokenizers`` raises the base class; other classes are mistakes of ours.
            if type(error) is not Exception:
                raise
            raise ConfigurationError(
                f"the tokenizer cannot split a text ({reason_of(error)})",
                path="encoder",
                hint="use another encoder, or give its tokenizer an unknown token",
            ) from error

    def _read(self, encodings: Sequence[Encoding], pair: bool) -> TokenColumns:
        """Return encodings as columns."""
        # Every access to an attribute of an encoding builds a new Python list, so as few as possible are read.
        rows = list(map(attrgetter("ids"), encodings))
        bounds = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)), out=bounds[1:])
        total = int(bounds[-1])
        offsets = chain.from_iterable(map(attrgetter("offsets"), encodings))
        return TokenColumns(
            ids=np.fromiter(chain.from_iterable(rows), np.int32, total),
            type_ids=self._type_ids(encodings, pair, total),
            starts=np.fromiter(map(itemgetter(0), offsets), np.int32, total),
            sentences=self._layouts[pair].sentences(encodings, np.diff(bounds)),
            bounds=bounds,
            truncated=_truncated(encodings, np.diff(bounds), self.max_tokens),
        )

    def _type_ids(self, encodings: Sequence[Encoding], pair: bool, total: int) -> NDArray[np.int8] | None:
        """Return the token type ids, shape: (all tokens,); None if the model does not use them."""
        if not self.has_type_ids:
            return None
        if self._layouts[pair].one_type:
            return np.zeros(total, dtype=np.int8)
        return np.fromiter(chain.from_iterable(map(attrgetter("type_ids"), encodings)), np.int8, total)

    def _check_room(self, pair: bool) -> None:
        special, sentences = self._layouts[pair].special, 1 + pair
        if self.max_tokens < special + sentences:
            problem = f"max_tokens is {self.max_tokens}, but every text gets {special} special tokens"
            hint = f"it must be at least {special + sentences}"
            raise ConfigurationError(problem, path="max_tokens", hint=hint)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Numbers of special tokens that a tokenizer's template adds before, between and after the sentences."""

    before: int
    between: int
    after: int
    pair: bool
    one_type: bool
    "Whether all token type ids are 0."

    @classmethod
    def of(cls, backend: Tokenizer, pair: bool) -> _Layout:
        """Return the layout of a tokenizer, inferred from a probe: post-processors do not describe themselves."""
        # With a model that has a token for the probe: a vocabulary of Han alone has none for any Latin letter, and a
        # normalizer may remove it. A probe without tokens shows no place between the special tokens.
        prober = Tokenizer(WordLevel({"a": 0}, unk_token="a"))
        if backend.post_processor is not None:
            prober.post_processor = backend.post_processor
        probe = prober.encode("a", "a") if pair else prober.encode("a")
        ids = probe.sequence_ids
        last = 1 if pair else 0
        size = len(ids)
        before = ids.index(0) if 0 in ids else size
        after = ids[::-1].index(last) if last in ids else 0
        between = ids.index(1) - (size - ids[::-1].index(0)) if pair and 0 in ids and 1 in ids else 0
        return cls(before, between, after, pair, one_type=not any(probe.type_ids))

    @property
    def special(self) -> int:
        return self.before + self.between + self.after

    def sentences(self, encodings: Sequence[Encoding], lengths: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the sentence of every token, from the number of tokens of the first sentence."""
        # The template is the same for every text, so that the lengths of the sentences determine all places. For single
        # texts this needs no attribute of the encodings at all.
        if self.pair:
            ids = map(attrgetter("sequence_ids"), encodings)
            first = np.fromiter((row.count(0) for row in ids), np.int64, len(encodings))
        else:
            first = lengths - self.special
        second = lengths - self.special - first
        fixed = [np.full(len(lengths), count) for count in (self.before, self.between, self.after)]
        runs = np.stack([fixed[0], first, fixed[1], second, fixed[2]], axis=1)
        return np.repeat(np.tile(np.array([-1, 0, -1, 1, -1], np.int8), len(lengths)), runs.ravel())


def _joined(parts: Sequence[TokenColumns]) -> TokenColumns:
    """Return the tokens of several batches as one batch."""
    first_tokens = np.cumsum([0, *(int(part.bounds[-1]) for part in parts)])
    bounds = [part.bounds[1:] + first for part, first in zip(parts, first_tokens, strict=False)]
    types = [part.type_ids for part in parts if part.type_ids is not None]
    return TokenColumns(
        ids=np.concatenate([part.ids for part in parts]),
        type_ids=np.concatenate(types) if types else None,
        starts=np.concatenate([part.starts for part in parts]),
        sentences=np.concatenate([part.sentences for part in parts]),
        bounds=np.concatenate([np.zeros(1, dtype=np.int64), *bounds]),
        truncated=np.concatenate([part.truncated for part in parts]),
    )


def _truncated(encodings: Sequence[Encoding], lengths: NDArray[np.int64], limit: int) -> NDArray[np.bool_]:
    """Return which texts were truncated, shape: (texts,)."""
    # Only a sequence at the limit can be truncated, so that few encodings are asked for their overflow.
    truncated = np.zeros(len(lengths), dtype=np.bool_)
    for row in np.flatnonzero(lengths >= limit).tolist():
        truncated[row] = bool(encodings[row].overflowing)
    return truncated
