"""Files of words in columns: words, comments, CoNLL-U, and label schemes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError

CONLL_U = """\
# sent_id = 1
# text = EU rejects
1\tEU\tEU\tPROPN\t_
2\trejects\treject\tVERB\t_

# newpar
1-2\tdu\t_\t_\t_
1\tde\tde\tADP\t_
2\tle\tle\tDET\t_
2.1\tnothing\t_\tNOUN\t_
"""


CONLL_U_PLAIN = "".join(line for line in CONLL_U.splitlines(keepends=True) if not line.startswith(("1-2", "2.1")))
"Sentences of CoNLL-U without ranges and empty nodes: the first column numbers the words from 1 without gaps."
CONLL_U_SENTENCES = [[("EU", "PROPN"), ("rejects", "VERB")], [("de", "ADP"), ("le", "DET")]]


def read_sentences(path: Path, content: str | bytes, **options: Any) -> list[list[tuple[str, str]]]:
    """Write a training file, and return the words and labels of each sentence."""
    (path / "a.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    files = {"train": str(path / "a.txt")}
    reader = DatasetReader.from_params({"type": "conll", "files": files, "validation_share": 0, **options})
    names = reader.task.labels
    return [
        [(row["text"][a:b], names[i]) for a, b, i in zip(row["starts"], row["ends"], row["label"], strict=True)]
        for row in reader.read("train")
    ]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        # With tabs, a word may contain a space, and a value may be empty.
        ("New York\tB-L\nis\tO\n", {}, [[("New York", "B-L"), ("is", "O")]]),
        ("10 000\t\tNUM\nmen\tx\tNOUN\n", {"scheme": "none"}, [[("10 000", "NUM"), ("men", "NOUN")]]),
        ("a \tO\r\nb\tO\r\n", {}, [[("a", "O"), ("b", "O")]]),
        ("a O\n\t\t\nb O\n", {}, [[("a", "O")], [("b", "O")]]),
        (b"\xef\xbb\xbfEU B-O\n", {}, [[("EU", "B-O")]]),
        (b"\xef\xbb\xbf-DOCSTART- -X-\n\nEU B-O\n", {}, [[("EU", "B-O")]]),
        # A comment has another number of columns than the words, and comes before a sentence.
        ("# id 1\nEU B-O\n", {}, [[("EU", "B-O")]]),
        ("# O\n1 O\n", {}, [[("#", "O"), ("1", "O")]]),
        ("a O\n# O\n", {}, [[("a", "O"), ("#", "O")]]),
        (CONLL_U, {"word": 1, "label": 3, "scheme": "none"}, CONLL_U_SENTENCES),
        ("1-2 O\n1 O\n", {}, [[("1-2", "O"), ("1", "O")]]),
        ("0.5 a O\n8.1 b O\n", {"word": 1}, [[("a", "O"), ("b", "O")]]),
    ],
)
def test_words_are_distinguished_from_comments(
    tmp_path: Path, content: str | bytes, options: dict[str, Any], expected: list[Any]
) -> None:
    assert read_sentences(tmp_path, content, **options) == expected


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("He PRP O\nsaid VBD\n", {}, "a.txt:2: the line has 2 columns, the lines before have 3. give every"),
        ("a O\nb O x\n", {}, "a.txt:2: the line has 3 columns, the lines before have 2."),
        ("a O\n# a comment within\n", {}, "a.txt:2: the line has 4 columns, the lines before have 2."),
        # Lines that look like comments, but are words.
        ("# scheme: B I O\nEU B-O\n\n# two\nx O\n", {}, "a.txt:4: the label 'two' is not a chunk label."),
        ("#tag O\n# more than that\n", {}, "a.txt:2: the line has 4 columns, the lines before have 2."),
        ("# id\n\n#\tO\n", {}, "a.txt:1: the label 'id' is not a chunk label."),
        ("a\tO\nNew York\n", {}, "a.txt:2: the line has 1 columns, the lines before have 2."),
        ("\tO\n", {}, "a.txt:1: the word is missing."),
        ("a\t\n", {}, "a.txt:1: the label is missing."),
        ("a O\n", {"label": 2}, "a.txt:1: the line has 2 columns, the config names 0 and 2 (counted from 0)."),
        (CONLL_U, {"word": 1, "scheme": "none"}, "a.txt:3: the label is '_', which marks a missing value in CoNLL-U."),
        (
            CONLL_U_PLAIN,
            {"label": 3, "scheme": "none"},
            "the words are the numbers 1, 2 and so on. choose the words' column",
        ),
        ("a\0O\0".encode("utf-16"), {}, "a.txt: is text in UTF-16. convert it to UTF-8"),
    ],
)
def test_malformed_lines_are_refused_with_their_number(
    tmp_path: Path, content: str | bytes, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_sentences(tmp_path, content, **options)
    assert message in str(caught.value)


IOB2_LABELS = ["B-X", "I-X", "I-X", "O", "B-X", "B-X", "I-X", "B-Y"]


@pytest.mark.parametrize(
    ("scheme", "labels"),
    [
        ("iob2", "B-X I-X I-X O B-X B-X I-X B-Y"),
        ("iob1", "I-X I-X I-X O I-X B-X I-X I-Y"),
        ("iobes", "B-X I-X E-X O S-X B-X E-X S-Y"),
        ("bilou", "B-X I-X L-X O U-X B-X L-X U-Y"),
    ],
)
def test_every_scheme_is_converted_to_iob2(tmp_path: Path, scheme: str, labels: str) -> None:
    content = "".join(f"w {label}\n" for label in labels.split())
    assert [label for _, label in read_sentences(tmp_path, content, scheme=scheme)[0]] == IOB2_LABELS


@pytest.mark.parametrize(
    ("scheme", "labels", "message"),
    [
        ("iob2", "O I-X", "a.txt:2: 'I-X' follows 'O'."),
        ("iob2", "B-X I-Y", "a.txt:2: 'I-Y' follows 'B-X'."),
        ("iob2", "S-X", "a.txt:1: the label 'S-X' is not a chunk label. labels of the scheme 'iob2' are O, B-type,"),
        ("iobes", "B-X O", "a.txt:2: the chunk of 'B-X' ends without E-X."),
        ("iobes", "B-X", "a.txt:1: the chunk of 'B-X' ends without E-X."),
        ("iobes", "B-X S-Y", "a.txt:2: the chunk of 'B-X' ends without E-X."),
        ("iobes", "B-X B-X", "a.txt:2: 'B-X' follows 'B-X'."),
        ("iobes", "E-X", "a.txt:1: 'E-X' follows 'O'."),
        ("bilou", "U-X I-X", "a.txt:2: 'I-X' follows 'U-X'."),
    ],
)
def test_labels_that_break_their_scheme_are_refused(tmp_path: Path, scheme: str, labels: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_sentences(tmp_path, "".join(f"w {label}\n" for label in labels.split()), scheme=scheme)
    assert message in str(caught.value)
