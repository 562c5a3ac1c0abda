"""Generator of the unlabelled corpus of ``demo``; run it with ``python -m spanreg.data.demonstration.background``."""

from __future__ import annotations

from spanreg.data.demonstration.idioms import MATERIAL, background
from spanreg.storage import write_text

BACKGROUND = MATERIAL / "background.txt"


def main() -> None:
    """Write ``background.txt`` next to its material; a test checks that the two agree."""
    write_text(BACKGROUND, "".join(f"{sentence}\n" for sentence in background()))


if __name__ == "__main__":
    main()
