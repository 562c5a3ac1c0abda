"""Texts given as tokens: joined by single spaces, with the tokens' character offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TokenOffsets:
    """Character offsets of the tokens of texts, in columns; tokens do not overlap and are in text order.

    Example: ``TokenOffsets.of([[[0, 3], [4, 7]]]).starts`` is ``[0, 4]``.
    """

    starts: NDArray[np.int32]
    "Offset of each token's first character in its own text, shape: (all tokens,)."
    ends: NDArray[np.int32]
    "Offset after each token's last character, shape: (all tokens,)."
    bounds: NDArray[np.int64]
    "The tokens of text i are bounds[i] to bounds[i + 1], shape: (texts + 1,)."

    @classmethod
    def of(cls, rows: Sequence[Sequence[Sequence[int]]]) -> TokenOffsets:
        """Return the offsets given as pairs ``[start, end]`` for every text."""
        # With its shape, so that texts without tokens also give two columns.
        flat = np.array([pair for row in rows for pair in row], dtype=np.int32).reshape(-1, 2)
        return cls(flat[:, 0], flat[:, 1], bounds_of([len(row) for row in rows]))

    def rows(self) -> list[list[list[int]]]:
        """Return the pairs ``[start, end]`` of every text."""
        pairs = np.stack((self.starts, self.ends), axis=1).tolist()
        return [pairs[start:end] for start, end in zip(self.bounds[:-1], self.bounds[1:], strict=True)]


def join_tokens(rows: Sequence[Sequence[str]]) -> tuple[list[str], TokenOffsets]:
    """Return the texts made from rows of tokens, and the places of the tokens.

    >>> join_tokens([["a", "cat"]])[0]
    ['a cat']
    """
    lengths = np.array([len(token) for row in rows for token in row], dtype=np.int64)
    bounds = bounds_of([len(row) for row in rows])
    # Characters before each token if all rows were one text, with a space after each token.
    through = np.append(0, np.cumsum(lengths + 1))
    starts = through[:-1] - np.repeat(through[bounds[:-1]], np.diff(bounds))
    offsets = TokenOffsets(starts.astype(np.int32), (starts + lengths).astype(np.int32), bounds)
    return [" ".join(row) for row in rows], offsets


def bounds_of(lengths: Sequence[int]) -> NDArray[np.int64]:
    """Return the boundaries of consecutive runs of the given lengths, shape: (runs + 1,)."""
    return np.append(0, np.cumsum(np.array(lengths, dtype=np.int64)))
