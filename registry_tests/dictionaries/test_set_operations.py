"""Union, intersection and difference of dictionaries: equality with Python sets, counts, and refused operands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.difference import DifferenceDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.intersection import IntersectionDictionary
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.tables.artefact import about_dictionary
from spanreg.dictionaries.union import UnionDictionary
from spanreg.registry import ConfigurationError

PHRASES = [f"{a} {b}" for a in "abc" for b in "abc"]
SETS = st.lists(st.sets(st.sampled_from(PHRASES), min_size=1), min_size=2, max_size=4)
OPERATIONS = {
    "union": (UnionDictionary, set.union),
    "intersection": (IntersectionDictionary, set.intersection),
    "difference": (DifferenceDictionary, set.difference),
}


def write_phrases(folder: Path, name: str, phrases: list[str], lowercase: bool = True) -> FileDictionary:
    """Write a list of phrases, and return its dictionary."""
    path = folder / name
    path.write_text("\n".join(phrases), encoding="utf-8")
    return FileDictionary(str(path), lowercase=lowercase)


@pytest.mark.parametrize("name", OPERATIONS)
@given(sets=SETS)
def test_equals_the_operation_of_python_sets(
    tmp_path_factory: pytest.TempPathFactory, name: str, sets: list[set[str]]
) -> None:
    folder = tmp_path_factory.mktemp("sets")
    dictionary_class, operation = OPERATIONS[name]
    operands = [write_phrases(folder, f"{i}.txt", sorted(phrases)) for i, phrases in enumerate(sets)]
    dictionary = dictionary_class(operands)
    assert set(dictionary.table()["ngram"].to_pylist()) == operation(*sets)
    assert dictionary.table().num_rows == len(operation(*sets))


@pytest.mark.parametrize("name", OPERATIONS)
def test_builds_from_a_config(tmp_path: Path, name: str) -> None:
    write_phrases(tmp_path, "a.txt", ["a b", "b c"])
    write_phrases(tmp_path, "b.txt", ["b c", "c a"])
    files = [{"type": "file", "path": str(tmp_path / file)} for file in ("a.txt", "b.txt")]
    dictionary = SpanDictionary.from_params({"type": name, "dictionaries": files})
    expected = {"union": ["a b", "b c", "c a"], "intersection": ["b c"], "difference": ["a b"]}
    assert dictionary.table()["ngram"].to_pylist() == expected[name]
    origin = about_dictionary(dictionary.table())["origin"]
    assert origin["type"] == name
    assert [operand["file"] for operand in origin["of"]] == ["a.txt", "b.txt"]
    assert dictionary.fingerprint() == SpanDictionary.from_params({"type": name, "dictionaries": files}).fingerprint()


def test_counts_come_from_the_first_dictionary_that_has_the_entry(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text("a b c\na b c\n" * 3, encoding="utf-8")
    sampled = NgramDictionary(str(tmp_path / "corpus.txt"), scores=[], min_count=2)
    plain = write_phrases(tmp_path, "list.txt", ["a b", "x y"])
    assert UnionDictionary([sampled, plain]).table().to_pylist()[0] == {"ngram": "a b", "n": 2, "count": 6}
    assert UnionDictionary([plain, sampled]).table().to_pydict()["count"] == [6, 6, 1, 1]
    assert IntersectionDictionary([sampled, plain]).table()["count"].to_pylist() == [6]
    assert IntersectionDictionary([plain, sampled]).table()["count"].to_pylist() == [1]


def test_spellings_that_a_lookup_unifies_are_one_entry(tmp_path: Path) -> None:
    first = write_phrases(tmp_path, "a.txt", ["don’t mention it", "un café", "new york"])
    second = write_phrases(tmp_path, "b.txt", ["don't mention it", "un cafe\u0301"])
    expected = {
        "union": ["new york", "un café", "don’t mention it"],
        "intersection": ["un café", "don’t mention it"],
        "difference": ["new york"],
    }
    for name, (dictionary_class, _) in OPERATIONS.items():
        assert dictionary_class([first, second]).table()["ngram"].to_pylist() == expected[name]


@pytest.mark.parametrize("name", OPERATIONS)
def test_single_dictionaries_and_mixed_case_are_refused(tmp_path: Path, name: str) -> None:
    dictionary_class, _ = OPERATIONS[name]
    with pytest.raises(ConfigurationError, match="dictionaries: expected two or more dictionaries, got 1"):
        dictionary_class([write_phrases(tmp_path, "a.txt", ["a b"])])
    mixed = [write_phrases(tmp_path, f"{lowercase}.txt", ["a b"], lowercase) for lowercase in (True, False)]
    message = r"dictionaries\.1: has lowercase: false, and the first dictionary true"
    with pytest.raises(ConfigurationError, match=message):
        dictionary_class(mixed).table()
