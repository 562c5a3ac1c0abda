"""Word rules: equality with plain Python, the rule that a dictionary records, and custom rules."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.dictionaries.base import about_dictionary, shared_word_rule, word_rule_of
from spanreg.dictionaries.empty import EmptyDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table, read_dictionary, write_dictionary
from spanreg.registry import ConfigurationError
from spanreg.text.unicode.punctuation import is_punctuation
from spanreg.text.unicode.words import find_words
from spanreg.text.vocabulary import Vocabulary
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule
from spanreg.words.unicode_words import UnicodeWords
from spanreg.words.white_space_words import WhiteSpaceWords

CHARACTERS = st.sampled_from("ab \n\t\0\x1c\x85\xa0\u1680\u2003\u2028\u3000é漢😀.,()'")
TEXTS = st.lists(st.text() | st.text(CHARACTERS), max_size=4)


def test_unicode_and_whitespace_are_registered() -> None:
    assert WordRule.list_available() == ["unicode", "whitespace"]
    assert isinstance(WordRule.from_params("whitespace"), WhiteSpaceWords)
    assert isinstance(default_word_rule(), UnicodeWords)


@given(TEXTS)
def test_white_space_words_equal_str_split(texts: list[str]) -> None:
    words = WhiteSpaceWords().words_of(texts)
    assert [words.of(i) for i in range(len(texts))] == [text.split() for text in texts]
    assert words.rule == "whitespace-1"


@given(TEXTS)
def test_unicode_words_equal_the_default(texts: list[str]) -> None:
    words, default_words = UnicodeWords().words_of(texts), find_words(texts)
    assert [words.of(i) for i in range(len(texts))] == [default_words.of(i) for i in range(len(texts))]
    assert words.rule == default_words.rule == "words-1"


def test_offsets_count_characters() -> None:
    words = WhiteSpaceWords().words_of(["", " é  漢字, x", "y\u2003\u2003z"])
    assert words.starts.tolist() == [1, 4, 8, 0, 3]
    assert words.ends.tolist() == [2, 7, 9, 1, 4]
    assert words.bounds.tolist() == [0, 0, 3, 5]


@pytest.mark.parametrize("rule", [UnicodeWords(), WhiteSpaceWords()], ids=["unicode", "whitespace"])
@given(text=st.text(CHARACTERS))
def test_words_joined_by_spaces_are_the_same_words(rule: WordRule, text: str) -> None:
    words = rule.words_of([text]).of(0)
    assert rule.words_of([" ".join(words)]).of(0) == words


@given(st.lists(st.text(string.punctuation + "aé", min_size=1, max_size=4), max_size=6))
def test_is_punctuation_equals_plain_python(words: list[str]) -> None:
    found_words = WhiteSpaceWords().words_of([" ".join(words)])
    expected = [word in string.punctuation for word in words]
    assert is_punctuation(found_words.utf8, found_words.byte_starts, found_words.byte_ends).tolist() == expected


@given(st.lists(st.text("a\0é", min_size=1, max_size=20), max_size=8))
def test_words_that_differ_in_zero_bytes_are_distinguished(words: list[str]) -> None:
    vocabulary, found_words = Vocabulary(), WhiteSpaceWords().words_of([" ".join(words)])
    codes = vocabulary.intern(found_words.utf8, found_words.byte_starts, found_words.byte_ends)
    assert len(set(codes.tolist())) == len(set(words))
    assert vocabulary.spell(codes) == words


def write_dictionary_with_rule(rule: WordRule | None, folder: Path) -> Path:
    """Write a dictionary of one phrase and return its path."""
    table = dictionary_table(
        ["a b"], np.array([2], np.int32), np.array([3]), lowercase=True, origin={"type": "test"}, rule=rule
    )
    write_dictionary(table, folder / "d.parquet")
    return folder / "d.parquet"


def test_a_dictionary_records_its_rule(tmp_path: Path) -> None:
    about = about_dictionary(read_dictionary(write_dictionary_with_rule(WhiteSpaceWords(), tmp_path)))
    assert (about["words"], about["word_rule"]) == ("whitespace", "whitespace-1")
    assert isinstance(word_rule_of(FileDictionary(str(tmp_path / "d.parquet")).table()), WhiteSpaceWords)


def write_dictionary_with_metadata(folder: Path, **about: Any) -> Path:
    """Write a dictionary with changed metadata, without those that are None, and return its path."""
    table = read_dictionary(write_dictionary_with_rule(None, folder))
    kept = {key: value for key, value in {**about_dictionary(table), **about}.items() if value is not None}
    write_dictionary(table.replace_schema_metadata({"spanreg_dictionary": json.dumps(kept)}), folder / "d.parquet")
    return folder / "d.parquet"


def test_a_dictionary_without_a_rule_has_unicode_words(tmp_path: Path) -> None:
    """Read a dictionary of an earlier version, which recorded no rule."""
    table = read_dictionary(write_dictionary_with_metadata(tmp_path, words=None))
    assert about_dictionary(table)["words"] == "unicode"


@pytest.mark.parametrize("name", ["klingon", "os.path", 3])
def test_an_unknown_rule_is_refused_and_never_imported(tmp_path: Path, name: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_dictionary(write_dictionary_with_metadata(tmp_path, words=name))
    assert f"was sampled with the word rule {name!r}, which is not registered. include its package" in str(caught.value)
    assert "registered are unicode, whitespace" in str(caught.value)


def test_a_custom_rule_may_be_registered(tmp_path: Path) -> None:
    @WordRule.register("lines")
    class LineRule(WordRule):
        name: ClassVar[str] = "lines"
        version: ClassVar[str] = "lines-1"

        def bounds(self, text: Any) -> Any:
            ends = np.flatnonzero(text == ord("\n"))
            starts = np.append(0, ends + 1)[: ends.size]
            return starts[ends > starts], ends[ends > starts]

    assert WordRule.from_params("lines").words_of(["a b\n\nc"]).of(0) == ["a b", "c"]
    assert isinstance(word_rule_of(read_dictionary(write_dictionary_with_rule(LineRule(), tmp_path))), LineRule)


def test_a_rule_that_differs_from_the_dictionary_is_refused(tmp_path: Path) -> None:
    dictionary = FileDictionary(str(write_dictionary_with_rule(WhiteSpaceWords(), tmp_path)))
    assert shared_word_rule(None, dictionary).name == "whitespace"
    assert shared_word_rule(WhiteSpaceWords(), dictionary).name == "whitespace"
    with pytest.raises(ConfigurationError) as caught:
        shared_word_rule(UnicodeWords(), dictionary)
    assert str(caught.value) == (
        "words: the segmenter has the word rule 'unicode', and the dictionary 'whitespace'. "
        "use a dictionary with the word rule 'unicode', or a segmenter with 'whitespace'"
    )


def test_an_empty_dictionary_fits_every_rule() -> None:
    assert shared_word_rule(WhiteSpaceWords(), EmptyDictionary()).name == "whitespace"
    assert shared_word_rule(None, EmptyDictionary()).name == "unicode"
    assert shared_word_rule(None, EmptyDictionary(words=WhiteSpaceWords())).name == "whitespace"
    assert shared_word_rule(None, None).name == "unicode"
