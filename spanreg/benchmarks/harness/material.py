"""Texts for benchmarks: those of a corpus, or generated ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks
from spanreg.text.unicode.words import find_words

CORPUS_VARIABLE: Final = "SPANREG_CORPUS_DIR"
_PREFERRED: Final = "wikipedia-en-2015"
"Preferred folder of the corpora."

_ENDINGS: Final = (".txt", ".txt.gz", ".txt.zst")
# Of generated texts: distinct words, words of a text, and distinct phrases.
_VOCABULARY: Final = 30_000
_WORDS_PER_TEXT: Final = 25
_PHRASES: Final = 20_000


@dataclass(frozen=True, slots=True)
class BenchCorpus:
    """A corpus of text files.

    ``find_corpus([], folder).texts(1000)``
    """

    name: str
    files: tuple[Path, ...]

    def texts(self, words: int) -> list[str]:
        """Return the first non-empty lines with at least this many words in total."""
        texts: list[str] = []
        found = 0
        for file in self.files:
            for block in file_blocks(file, whole_lines=True):
                lines = [line for line in block.decode().split("\n") if line.strip()]
                ends = find_words(lines).bounds[1:] + found  # words up to the end of each line
                enough = int(np.searchsorted(ends, words)) + 1
                texts += lines[:enough]
                if enough <= len(lines):
                    return texts
                found = int(ends[-1]) if lines else found
        return texts


def find_corpus(given: Sequence[str], folder: Path) -> BenchCorpus:
    """Return the corpus to measure on.

    Args:
        given: the user's files; default: files in the folder of ``SPANREG_CORPUS_DIR``, or else generated texts.
        folder: folder for generated texts.

    Raises:
        ConfigurationError: a file or the variable's folder does not exist.
    """
    if given:
        return BenchCorpus(", ".join(Path(name).name for name in given), tuple(map(_existing, given)))
    variable = os.environ.get(CORPUS_VARIABLE)
    if not variable:
        return _made_up(folder)
    root = _existing(variable)
    root = root / _PREFERRED if (root / _PREFERRED).is_dir() else root
    files = sorted(path for path in root.rglob("*") if path.name.endswith(_ENDINGS) and path.is_file())
    if not files:
        problem = f"{CORPUS_VARIABLE} is {root}, which has no file with a suffix {', '.join(_ENDINGS)}"
        raise ConfigurationError(problem, hint="name files by --corpus")
    return BenchCorpus(root.name, tuple(files))


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.exists():
        raise ConfigurationError(f"{name} does not exist", hint="give a text file, also .gz or .zst")
    return path


def _made_up(folder: Path, words: int = 1_000_000) -> BenchCorpus:
    """Return generated words by Zipf's law, mixed with phrases of two to five words; equal on every machine."""
    # A fixed seed, so that figures of two machines are of the same texts.
    random = np.random.default_rng(13)
    vocabulary = np.array([f"w{_in_letters(i)}" for i in range(_VOCABULARY)])
    # Modulo, because Zipf's law has no largest rank.
    ranks = random.zipf(1.3, words) % _VOCABULARY
    phrases = [random.integers(0, _VOCABULARY, size) for size in random.integers(2, 6, _PHRASES)]
    for at, phrase in zip(random.integers(0, words - 5, words // 10), random.zipf(1.5, words // 10), strict=True):
        chosen = phrases[phrase % _PHRASES]
        ranks[at : at + chosen.size] = chosen
    lines = np.array_split(vocabulary[ranks], words // _WORDS_PER_TEXT)
    path = folder / "made_up.txt"
    path.write_text("".join(f"{' '.join(line)}.\n" for line in lines), encoding="utf-8")
    return BenchCorpus("made up", (path,))


def _in_letters(number: int) -> str:
    """Return a number with letters as digits, least significant first."""
    letters = ""
    while number or not letters:
        number, digit = divmod(number, 26)
        letters += chr(ord("a") + digit)
    return letters
