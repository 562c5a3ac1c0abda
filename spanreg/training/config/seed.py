"""What may be a seed."""

from __future__ import annotations

from typing import Final

MOST_SEED: Final = 2**32 - 1
"The largest seed that all random generators take: numpy's is the narrowest."
