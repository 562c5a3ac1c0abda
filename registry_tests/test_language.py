"""Docstrings and messages of the package follow the section "Language" of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spanreg"
BAD_OPENING = re.compile(r"(The same|That of|Those of|Of|Them|Whether|Told)\b")
PLAIN_WORDS = {
    r"tells?|telling|told": "report, show, name",
    r"holds? to|held to|holds? against|held against": "check against, compare with",
    r"takes? for|taken for": "use as, read as",
    r"gives? on|gave on|given on|hands? on|handed on": "pass",
    r"gives? back|given back|hands? back|handed back": "return",
    r"goes on|go on|went on|going on": "continue, resume",
    r"begin anew|begun anew|anew": "restart, again",
    r"mends?|mended": "fix, repair",
    r"whoever": "a user who",
    r"so many": "a number of",
    r"sees? to": "ensure",
    r"(?<!there )is no(?= [a-z])(?! longer| more| other| such| earlier| later)": "is not",
}
# Modules of idioms and word lists: their strings are data, not messages.
DATA_MODULES = {
    "data/demonstration/idioms.py",
    "data/demonstration/background.py",
    "dictionaries/tables/function_words.py",
}

Strings = Iterator[tuple[int, str]]


def docstring_summaries(tree: ast.AST) -> Strings:
    """Yield the first line of each docstring, with the line number of its definition."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text.splitlines()[0]


def long_strings(tree: ast.AST) -> Strings:
    """Yield the strings of more than one word, which are docstrings or messages, with their line numbers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def style_faults(tree: ast.AST) -> Iterator[str]:
    """Yield a line for each text that breaks a rule."""
    for line, first in docstring_summaries(tree):
        if found := BAD_OPENING.match(first):
            yield f"{line}: a docstring begins with '{found[0]}'. begin with 'Return ...', 'Write ...' or a noun phrase"
    for line, text in long_strings(tree):
        for word, plain in PLAIN_WORDS.items():
            for found in re.finditer(rf"\b(?:{word})\b", text, re.IGNORECASE):
                near = " ".join(text[max(0, found.start() - 30) : found.end() + 30].split())
                yield f"{line}: '{found[0]}' in '...{near}...'. plain words for it: {plain}"


def test_docstrings_and_messages_use_plain_words() -> None:
    wrong = [
        f"spanreg/{name}:{fault}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if (name := path.relative_to(PACKAGE).as_posix()) not in DATA_MODULES
        for fault in style_faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "write this in plain technical English (CONTRIBUTING.md, Language):\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""The same for files."""', 1),
        ('def f():\n    """Whether it is."""', 1),
        ('"""Return whether it is."""', 0),
        ('x = "a run that was stopped is begun anew"', 1),
        ('x = "there is no such file"', 0),
        ('x = "true is no integer"', 1),
        ('x = "tell"', 0),
        ('x = f"{1} tells more"', 1),
    ],
)
def test_rules_find_the_faults_of_examples(source: str, count: int) -> None:
    assert len(list(style_faults(ast.parse(source)))) == count
