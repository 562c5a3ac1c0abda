"""Comparison of two segmentations of a split by hash."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from spanreg.preparation.alignment import SpanTokens


class SpanIdentity:
    """SHA-256 of the span ids of all texts, in all segmentations, independent of the division into batches.

    ``identity = SpanIdentity(); identity.add(tokens); identity.hexdigest()``
    """

    def __init__(self) -> None:
        self._digests: dict[str, Any] = {}

    def add(self, tokens: SpanTokens) -> None:
        """Update the hash with a batch of texts."""
        # The lengths belong to it: the same ids could be divided among texts in another way.
        self._update("lengths", np.diff(tokens.bounds).astype(np.int32))
        # A hash for each layer: in a single one, layers would alternate batch by batch, so the division would matter.
        for layer, ids in enumerate(tokens.span_ids):
            self._update(str(layer), ids)

    def hexdigest(self) -> str:
        """Return the hash of all batches so far."""
        parts = [f"{name} {digest.hexdigest()}" for name, digest in sorted(self._digests.items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _update(self, name: str, values: Any) -> None:
        self._digests.setdefault(name, hashlib.sha256()).update(np.ascontiguousarray(values))
