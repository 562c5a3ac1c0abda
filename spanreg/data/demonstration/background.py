"""Writes the unlabelled corpus of the data set ``demo``: ``python -m spanreg.data.demonstration.background``."""

from __future__ import annotations

from spanreg.data.demonstration.idioms import MATERIAL, background
from spanreg.storage import write_text

BACKGROUND = MATERIAL / "background.txt"


def main() -> None:
    """Writes ``background.txt`` beside the material that it is made of; a test holds the two together."""
    write_text(BACKGROUND, "".join(f"{sentence}\n" for sentence in background()))


if __name__ == "__main__":
    main()
