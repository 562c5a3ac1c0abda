"""The material of the data set ``demo``: idioms in figurative and literal use, and sentences made from them.

The folder ``demo_material`` holds, all of it written for this library:

- ``train.txt``, ``validation.txt``, ``test.txt``: the expressions of each split, none in two of them. A block begins
  with ``= phrase ; kind``; every further line is a frame: ``F`` (figurative) or ``L`` (literal) and a sentence in the
  past tense with the expression in ``<...>``, alternatives in ``[a|b|c]``, and the slots ``{who}``, ``{whom}`` (two
  people) and ``{he}``, ``{him}``, ``{his}``, ``{himself}`` (the first one again). A block has as many F as L frames.
- ``people.tsv``: pronoun and name; ``scenes.txt``: what a sentence may begin with.
- ``mentions.tsv``, ``everyday.tsv``: the parts of the unlabelled corpus ``background.txt`` (see ``background``).
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
"Sentences made from one frame, each with other people, another lead-in and other alternatives."
EVERYDAY_SENTENCES = 2000

_PRONOUNS = {
    "she": {"he": "she", "him": "her", "his": "her", "himself": "herself"},
    "he": {"he": "he", "him": "him", "his": "his", "himself": "himself"},
}
_ALTERNATIVES = re.compile(r"\[([^\]]*)\]")
_MARKED = re.compile(r"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Expression:
    """A multi-word expression with two senses, and frames for each."""

    phrase: str
    "The citation form, for instance ``spill the beans``."
    kind: str
    "``verb`` (whose other form is the past), ``state`` or ``thing``: which unlabelled sentences it fits into."
    frames: tuple[tuple[str, ...], tuple[str, ...]]
    "Frames by label: the literal ones, the figurative ones."

    def forms(self) -> tuple[str, ...]:
        """The wordings that its frames use, in the order of their first use."""
        found = (form for frames in self.frames for frame in frames for form in _MARKED.findall(frame))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled example."""

    text: str
    label: int
    expression: str


@cache
def expressions(split: str) -> tuple[Expression, ...]:
    """The expressions of a split, in the order of the file."""
    found: list[Expression] = []
    for line in _lines(f"{split}.txt"):
        mark, _, rest = line.partition(" ")
        if mark == "=":
            phrase, kind = rest.split(" ; ")
            found.append(Expression(phrase, kind, ((), ())))
        elif mark in ("F", "L"):
            literal, figurative = found[-1].frames
            frames = (literal, (*figurative, rest)) if mark == "F" else ((*literal, rest), figurative)
            found[-1] = Expression(found[-1].phrase, found[-1].kind, frames)
    return tuple(found)


def sentences(split: str) -> list[Sentence]:
    """The labelled sentences of a split, in an order that depends on nothing but their texts.

    The n-th literal and the n-th figurative sentence of an expression share people and lead-in, so that neither tells
    the label.
    """
    made = [sentence for expression in expressions(split) for sentence in _labelled(expression)]
    return sorted(made, key=lambda sentence: hashlib.sha256(sentence.text.encode()).hexdigest())


def _labelled(expression: Expression) -> Iterator[Sentence]:
    people, scenes = _people(), _lines("scenes.txt")
    start = _number(expression.phrase)
    for label, frames in enumerate(expression.frames):
        for place, frame in enumerate(frames):
            for variant in range(VARIANTS):
                turn = start + place * VARIANTS + variant
                clause = _fill(_MARKED.sub(r"\1", _choose(frame, variant)), people, turn)
                text = _capitalised(scenes[turn % len(scenes)].replace("{clause}", clause))
                yield Sentence(text, label, expression.phrase)


def background() -> list[str]:
    """An unlabelled corpus that mentions every expression of every split, one sentence an item.

    A dictionary is sampled from raw text, so the held-out expressions may stand in it; the sentences are neutral, none
    of them is one of the data set, and each wording of an expression stands in as many of them as ``mentions.tsv`` has
    lines of its kind. The everyday sentences between them add n-grams that are no idioms.
    """
    made = [*_mentions(), *_everyday()]
    return sorted(made, key=lambda text: hashlib.sha256(text.encode()).hexdigest())


def _mentions() -> Iterator[str]:
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
    people = _people()
    parts: dict[str, list[str]] = {}
    for kind, part in (line.split("\t") for line in _lines("everyday.tsv")):
        parts.setdefault(kind, []).append(part)
    for turn in range(EVERYDAY_SENTENCES):
        what, where, when = (parts[kind][_number(f"{kind} {turn}") % len(parts[kind])] for kind in parts)
        yield _capitalised(_fill(f"{{who}} {what} {where} {when}", people, _number(str(turn))))


def _choose(frame: str, variant: int) -> str:
    """The frame with one of each group of alternatives."""

    def pick(group: re.Match[str]) -> str:
        alternatives = group[1].split("|")
        return alternatives[variant % len(alternatives)]

    return _ALTERNATIVES.sub(pick, frame)


def _fill(frame: str, people: Sequence[tuple[str, str]], turn: int) -> str:
    pronoun, who = people[turn % len(people)]
    _, whom = people[(turn * 3 + 7) % len(people)]
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
    """A number that depends on the text alone, on every machine and under every version of Python."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _capitalised(clause: str) -> str:
    return clause[0].upper() + clause[1:] + "."
