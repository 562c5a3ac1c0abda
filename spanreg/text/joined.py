"""Texts that are given as tokens: joined by one space, with the tokens' character offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TokenOffsets:
    """Where the tokens of texts are, in columns; tokens do not overlap and stand in the order of their text."""

    starts: NDArray[np.int32]
    "Offset of each token's first character in its own text, shape: (all tokens,)."
    ends: NDArray[np.int32]
    "Offset after its last character, shape: (all tokens,)."
    bounds: NDArray[np.int64]
    "The tokens of text i are bounds[i] to bounds[i + 1], shape: (texts + 1,)."

    @classmethod
    def of(cls, rows: Sequence[Sequence[Sequence[int]]]) -> TokenOffsets:
        """From the pairs ``[start, end]`` of every text."""
        flat = np.array([pair for row in rows for pair in row], dtype=np.int32).reshape(-1, 2)
        return cls(flat[:, 0], flat[:, 1], bounds_of([len(row) for row in rows]))

    def rows(self) -> list[list[list[int]]]:
        """The inverse of ``of``."""
        pairs = np.stack((self.starts, self.ends), axis=1).tolist()
        return [pairs[start:end] for start, end in zip(self.bounds[:-1], self.bounds[1:], strict=True)]


def join_tokens(rows: Sequence[Sequence[str]]) -> tuple[list[str], TokenOffsets]:
    """The texts of rows of tokens, and where these are in them."""
    lengths = np.array([len(token) for row in rows for token in row], dtype=np.int64)
    bounds = bounds_of([len(row) for row in rows])
    through = np.append(0, np.cumsum(lengths + 1))  # characters before each token, a space after each
    starts = through[:-1] - np.repeat(through[bounds[:-1]], np.diff(bounds))
    offsets = TokenOffsets(starts.astype(np.int32), (starts + lengths).astype(np.int32), bounds)
    return [" ".join(row) for row in rows], offsets


def bounds_of(lengths: Sequence[int]) -> NDArray[np.int64]:
    """Where runs of these lengths begin and end, one after the other, shape: (runs + 1,)."""
    return np.append(0, np.cumsum(np.array(lengths, dtype=np.int64)))
