"""Whether two segmentations of a split are one and the same."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from spanreg.preparation.alignment import SpanTokens


class SpanIdentity:
    """A SHA-256 of the span ids of all texts, in all segmentations, however the texts come in batches."""

    def __init__(self) -> None:
        self._digests: dict[str, Any] = {}

    def add(self, tokens: SpanTokens) -> None:
        """Takes note of a batch of texts."""
        self._update("lengths", np.diff(tokens.bounds).astype(np.int32))
        for layer, ids in enumerate(tokens.span_ids):
            self._update(str(layer), ids)

    def hexdigest(self) -> str:
        """The hash of all so far."""
        parts = [f"{name} {digest.hexdigest()}" for name, digest in sorted(self._digests.items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _update(self, name: str, values: Any) -> None:
        self._digests.setdefault(name, hashlib.sha256()).update(np.ascontiguousarray(values))
