"""The range of random seeds."""

from __future__ import annotations

from typing import Final

MOST_SEED: Final = 2**32 - 1
"The largest seed that all random generators accept; numpy has the smallest range."
