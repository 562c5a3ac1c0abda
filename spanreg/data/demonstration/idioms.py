"""Idioms of the data set ``demo``, and the sentences generated from them.

The folder ``demo_material``, written for this library, has these files:

- ``train.txt``, ``validation.txt``, ``test.txt``: the expressions of each split, none in two of them. A block starts
  with ``= phrase ; kind``. Every further line is a frame: ``F`` (figurative) or ``L`` (literal) and a sentence in the
  past tense with the expression in ``<...>``, alternatives in ``[a|b|c]``, and the slots ``{who}``, ``{whom}`` (two
  people) and ``{he}``, ``{him}``, ``{his}``, ``{himself}`` (the first person again). A block has equally many F and L
  frames.
- ``people.tsv``: pronoun and name; ``scenes.txt``: beginnings of sentences.
- ``mentions.tsv``, ``everyday.tsv``: parts of the unlabelled corpus ``background.txt`` (see ``background``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MATERIAL = Path(__file__).parents[1] / "demo_material"
SPLITS = ("train", "validation", "test")
LABELS = ("literal", "figurative")
VARIANTS = 3
"Number of sentences generated from one frame, each with other people, another beginning and other alternatives."
EVERYDAY_SENTENCES = 2000

_PRONOUNS = {
    "she": {"he": "she", "him": "her", "his": "her", "himself": "herself"},
    "he": {"he": "he", "him": "him", "his": "his", "himself": "himself"},
}
_ALTERNATIVES = re.compile(r"\[([^\]]*)\]")
_MARKED = re.compile(r"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class IdiomExpression:
    """A multi-word expression with two senses, and frames for each sense.

    Example: ``expressions("test")[0].phrase``.
    """

    phrase: str
    "The citation form, for instance ``spill the beans``."
    kind: str
    "``verb`` (whose other form is the past tense), ``state`` or ``thing``: decides which unlabelled sentences it fits."
    frames: tuple[tuple[str, ...], tuple[str, ...]]
    "Literal frames, then figurative frames."

    def forms(self) -> tuple[str, ...]:
        """Return the wordings in the frames, in the order of their first use."""
        found = (form for frames in self.frames for frame in frames for form in _MARKED.findall(frame))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class IdiomSentence:
    """One labelled example.

    Example: ``IdiomSentence("Last week she spilled the beans.", 1, "spill the beans")``.
    """

    text: str
    label: int
    expression: str


@cache
def expressions(split: str) -> tuple[IdiomExpression, ...]:
    """Return the expressions of a split, in the order of its file."""
    found: list[IdiomExpression] = []
    for line in _lines(f"{split}.txt"):
        mark, _, rest = line.partition(" ")
        if mark == "=":
            phrase, kind = rest.split(" ; ")
            found.append(IdiomExpression(phrase, kind, ((), ())))
        elif mark in ("F", "L"):
            literal, figurative = found[-1].frames
            frames = (literal, (*figurative, rest)) if mark == "F" else ((*literal, rest), figurative)
            found[-1] = IdiomExpression(found[-1].phrase, found[-1].kind, frames)
    return tuple(found)


@cache
def sentences(split: str) -> tuple[IdiomSentence, ...]:
    """Return the labelled sentences of a split, in an order that depends on their texts only.

    The n-th literal and the n-th figurative sentence of an expression have the same people and beginning, so that
    neither of them reveals the label.
    """
    # Sorting by hash shuffles without a random generator, whose sequence may change between versions of Python.
    made = [sentence for expression in expressions(split) for sentence in _labelled(expression)]
    return tuple(sorted(made, key=lambda sentence: hashlib.sha256(sentence.text.encode()).hexdigest()))


def _labelled(expression: IdiomExpression) -> Iterator[IdiomSentence]:
    """Yield the sentences made from the frames of an expression."""
    people, scenes = _people(), _lines("scenes.txt")
    # Each expression begins at its own person and scene: otherwise all first frames would share them.
    start = _number(expression.phrase)
    for label, frames in enumerate(expression.frames):
        for place, frame in enumerate(frames):
            for variant in range(VARIANTS):
                turn = start + place * VARIANTS + variant
                clause = _fill(_MARKED.sub(r"\1", _choose(frame, variant)), people, turn)
                text = _capitalised(scenes[turn % len(scenes)].replace("{clause}", clause))
                yield IdiomSentence(text, label, expression.phrase)


def background() -> list[str]:
    """Return the sentences of an unlabelled corpus that mentions every expression of every split.

    A dictionary is sampled from raw text, so the corpus may contain the expressions of the test split. The sentences
    are neutral and none of them is in the data set; each wording of an expression is in one sentence for each line of
    its kind in ``mentions.tsv``. Everyday sentences between them add n-grams that are not idioms.
    """
    made = [*_mentions(), *_everyday()]
    return sorted(made, key=lambda text: hashlib.sha256(text.encode()).hexdigest())


def _mentions() -> Iterator[str]:
    """Yield unlabelled sentences with each wording of each expression."""
    people = _people()
    patterns = [line.split("\t") for line in _lines("mentions.tsv")]
    for expression in (expression for split in SPLITS for expression in expressions(split)):
        for form in expression.forms():
            kind = expression.kind
            if kind == "verb":
                kind = "base" if form == expression.phrase else "past"
            fitting = [pattern for kind_of_pattern, pattern in patterns if kind_of_pattern == kind]
            for turn, pattern in enumerate(fitting, _number(form)):
                yield _capitalised(_fill(pattern.replace("{phrase}", form), people, turn))


def _everyday() -> Iterator[str]:
    """Yield unlabelled sentences without expressions."""
    people = _people()
    parts: dict[str, list[str]] = {}
    for kind, part in (line.split("\t") for line in _lines("everyday.tsv")):
        parts.setdefault(kind, []).append(part)
    for turn in range(EVERYDAY_SENTENCES):
        # A number for each kind: one for all three would give only a few of the combinations. The file has the kinds in
        # the order what, where, when.
        what, where, when = (parts[kind][_number(f"{kind} {turn}") % len(parts[kind])] for kind in parts)
        yield _capitalised(_fill(f"{{who}} {what} {where} {when}", people, _number(str(turn))))


def _choose(frame: str, variant: int) -> str:
    """Return a frame with one choice from each group of alternatives."""

    def pick(group: re.Match[str]) -> str:
        alternatives = group[1].split("|")
        return alternatives[variant % len(alternatives)]

    return _ALTERNATIVES.sub(pick, frame)


def _fill(frame: str, people: Sequence[tuple[str, str]], turn: int) -> str:
    """Return a frame with two people and the pronouns of the first one."""
    pronoun, who = people[turn % len(people)]
    # Other steps than those of the first person, so that pairs vary.
    _, whom = people[(turn * 3 + 7) % len(people)]
    # The two sequences meet now and then: a sentence about one person twice would not make sense.
    if whom == who:
        _, whom = people[(turn + 1) % len(people)]
    return frame.format(who=who, whom=whom, **_PRONOUNS[pronoun])


def _people() -> tuple[tuple[str, str], ...]:
    rows = (line.split("\t") for line in _lines("people.tsv"))
    return tuple((pronoun, name) for pronoun, name in rows)


@cache
def _lines(name: str) -> tuple[str, ...]:
    text = (MATERIAL / name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def _number(text: str) -> int:
    """Return a number that depends on a text only."""
    # Unlike hash() and random, SHA-256 is the same in every process and every version of Python.
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _capitalised(clause: str) -> str:
    return clause[0].upper() + clause[1:] + "."
