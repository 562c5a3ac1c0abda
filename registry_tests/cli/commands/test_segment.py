"""``spanreg segment``: spans of files and of a stream, as text, JSON or a page, and mistakes."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from spanreg.cli.commands.segment import _coloured, span_printer
from spanreg.cli.main import main
from spanreg.segmenters.spans.offsets import Span


@pytest.fixture
def phrases(tmp_path: Path) -> str:
    """Return the path of a dictionary of two phrases."""
    path = tmp_path / "phrases.txt"
    path.write_text("new york city\ncats and dogs\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to an empty folder."""
    monkeypatch.chdir(tmp_path)


TEXTS = "In New York City.\r\n\nça: cats and dogs"
SPANS = [
    {"text": "In New York City.", "spans": [[0, 2], [3, 16], [16, 17]]},
    {"text": "", "spans": []},
    {"text": "ça: cats and dogs", "spans": [[0, 2], [2, 3], [4, 17]]},
]


def test_spans_of_a_file_are_printed_as_json(phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes(TEXTS.encode())
    assert main(["segment", "--dictionary", phrases, str(path), "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == SPANS


def test_spans_of_a_file_are_printed_with_bars(
    phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes(TEXTS.encode())
    assert main(["segment", "--dictionary", phrases, str(path)]) == 0
    assert capsys.readouterr().out == "In | New York City | .\n\nça | : | cats and dogs\n"


def test_each_line_of_stdin_is_answered_at_once(phrases: str) -> None:
    command = [sys.executable, "-m", "spanreg", "segment", "--dictionary", phrases, "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line, answer in zip(TEXTS.splitlines(), SPANS, strict=True):
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == answer
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_above_the_limit_is_refused(
    phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("short\n" + "a b " * 500 + end, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    for file, shown in ((str(path), str(path)), ("-", "stdin")):
        assert main(["segment", "--dictionary", phrases, file, "--json", "--limit", "line=1K"]) == 2
        assert capsys.readouterr().err == (
            f"{shown}:2: the line is longer than 1 KB. shorten it, or allow more: --limit line=N\n"
        )


def test_a_closed_pipe_is_not_an_error(phrases: str, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("New York City\n" * 100_000, encoding="utf-8")
    command = f"{sys.executable} -m spanreg segment --dictionary {phrases} {path} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("New York City\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dictionary", "none.parquet"], "dictionary 'none.parquet' does not exist. relative paths start at "),
        (["--dictionary", "PHRASES", "none.txt"], "cannot read none.txt: No such file or directory"),
        (["--dictionary", "PHRASES", "latin.txt"], "latin.txt: line 2 is not UTF-8: byte 0xe7 at byte offset 3"),
        ([], "the following arguments are required: --dictionary"),
    ],
)
@pytest.mark.usefixtures("working_directory")
def test_files_that_cannot_be_read_are_named(
    phrases: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("latin.txt").write_bytes(b"ok\n\xe7a\n")
    assert main(["segment", *(phrases if argument == "PHRASES" else argument for argument in arguments)]) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""


def test_neighbouring_spans_of_several_words_differ_in_colour() -> None:
    text = _coloured("New York is in New England", [Span(0, 8, 2), Span(9, 11, 1), Span(12, 14, 1), Span(15, 26, 2)])
    # Spans of one word have no colour.
    assert [(span.start, span.end) for span in text.spans] == [(0, 8), (15, 26)]
    assert text.spans[0].style != text.spans[1].style


def test_control_characters_are_replaced_without_moving_the_spans() -> None:
    text = _coloured("\a\x1b[31mNew York", [Span(0, 6, 1), Span(6, 14, 2)])
    assert text.plain == "\u2407\u241b[31mNew York"
    assert [text.plain[span.start : span.end] for span in text.spans] == ["New York"]


@pytest.mark.parametrize("options", [{"NO_COLOR": "1"}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}])
def test_control_characters_never_reach_a_terminal(
    options: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    span_printer()("\x1b]0;a\x07 \x7f\x9b2J [b]x", [[Span(0, 6, 1), Span(7, 10, 1), Span(12, 16, 1)]])
    text = capsys.readouterr().out
    assert not set(text) & set("\x1b\x07\x7f\x9b")
    assert "␛]0;a␇" in text
    assert "␡\ufffd2" in text
    assert "[b]x" in text


def test_control_characters_are_escaped_in_json(
    phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("a \x1b[2J \x9b2J \x7f\n", encoding="utf-8")
    assert main(["segment", "--dictionary", phrases, str(path), "--json"]) == 0
    text = capsys.readouterr().out
    assert text.rstrip("\n").isprintable()
    assert json.loads(text)["text"] == "a \x1b[2J \x9b2J \x7f"


def test_spans_are_coloured_unless_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    spans = [Span(0, 8, 2), Span(9, 11, 1)]
    span_printer()("New York is", [spans])
    monkeypatch.setenv("NO_COLOR", "1")
    span_printer()("New York is", [spans])
    coloured, plain = capsys.readouterr().out.splitlines()
    assert "\x1b[" in coloured
    assert plain == "New York | is"


def test_the_segmenter_is_a_name_or_a_config(phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("In New York City\n", encoding="utf-8")
    printed = []
    for segmenter in ("single", "whole", '{"type": "fixed", "words": 2}'):
        assert main(["segment", "--dictionary", phrases, str(path), "--segmenter", segmenter]) == 0
        printed.append(capsys.readouterr().out)
    assert printed == ["In | New | York | City\n", "In New York City\n", "In New | York City\n"]


@pytest.mark.usefixtures("working_directory")
def test_a_phrase_list_is_read_with_the_word_rule_of_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    Path("phrases.txt").write_text("new york,\nin new\n", encoding="utf-8")
    Path("texts.txt").write_text("in New York, it rained all day\n", encoding="utf-8")
    command = ["segment", "--dictionary", "phrases.txt", "texts.txt", "--words", "whitespace"]
    assert main([*command, "--segmenter", '{"type": "max_match", "direction": "backward"}']) == 0
    assert main([*command, "--segmenter", "released_max_match"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "in | New York, | it | rained | all | day",
        "in New | York, | it | rained | all | day",
    ]
    assert main([*command, "--html", "page.html"]) == 0


@pytest.mark.usefixtures("working_directory")
def test_a_sampled_dictionary_has_its_word_rule(capsys: pytest.CaptureFixture[str]) -> None:
    Path("texts.txt").write_text("in New York, it rained all day\n", encoding="utf-8")
    options = ["--min-count", "1", "--words", "whitespace"]
    assert main(["sample-dictionary", "texts.txt", "-o", "d.parquet", *options]) == 0
    capsys.readouterr()
    assert main(["segment", "--dictionary", "d.parquet", "texts.txt", "--segmenter", "single"]) == 0
    assert main(["dictionary", "show", "d.parquet", "New York, it"]) == 0
    assert "new york, it" in capsys.readouterr().out
    assert main(["dictionary", "show", "d.parquet"]) == 0
    assert "18 n-grams of whitespace words; ngram of texts.txt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--words", "unicode"], "words: is 'unicode', but the dictionary was sampled with 'whitespace'"),
        (
            ["--words", "klingon"],
            "words: 'klingon' is not registered for WordRule. registered: unicode, whitespace",
        ),
        (
            ["--segmenter", '{"type": "max_match", "words": "unicode"}'],
            "words: the segmenter has the word rule 'unicode', and the dictionary 'whitespace'. "
            "use a dictionary with the word rule 'unicode', or a segmenter with 'whitespace'",
        ),
    ],
)
@pytest.mark.usefixtures("working_directory")
def test_another_word_rule_than_that_of_the_dictionary_is_refused(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("texts.txt").write_text("a b a b\n", encoding="utf-8")
    assert main(["sample-dictionary", "texts.txt", "-o", "d.parquet", "--min-count", "2", "--words", "whitespace"]) == 0
    capsys.readouterr()
    assert main(["segment", "--dictionary", "d.parquet", "texts.txt", *options]) == 2
    assert message in capsys.readouterr().err


def test_all_segmentations_of_a_multi_segmenter_are_printed(
    phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "texts.txt", tmp_path / "page.html"
    path.write_text("In New York City\n", encoding="utf-8")
    segmenter = '{"type": "multi", "segmenters": ["max_match", {"type": "fixed", "words": 2}]}'
    command = ["segment", "--dictionary", phrases, str(path), "--segmenter", segmenter]
    assert main(command) == 0
    assert capsys.readouterr().out == "In | New York City\nIn New | York City\n"
    assert main([*command, "--json"]) == 0
    layers = [[[0, 2], [3, 16]], [[0, 6], [7, 16]]]
    found = json.loads(capsys.readouterr().out)
    assert found == {"text": "In New York City", "spans": layers[0], "layers": layers}
    assert main([*command, "--html", str(page)]) == 0
    assert '"name":"multi (max_match, fixed words=2), 2 of 2"' in page.read_text(encoding="utf-8")


def test_the_page_shows_the_first_texts_with_each_segmenter(
    phrases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "texts.txt", tmp_path / "pages" / "page.html"
    path.write_text("In New York City\n\n" * 1001, encoding="utf-8")
    command = ["segment", "--dictionary", phrases, str(path), "--html", str(page)]
    assert main([*command, "--segmenter", "single", "--segmenter", "max_match"]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert "The page shows the first 1000 of 1001 texts" in output.err
    text = page.read_text(encoding="utf-8")
    assert text.count('"In New York City"') == 1000
    assert '"name":"single"' in text
    assert main(command) == 0
    assert '"name":"max_match backward"' in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--segmenter", "vitebri"], "did you mean 'viterbi'"),
        (["--segmenter", "{"], "--segmenter: '{' is not JSON"),
        (["--segmenter", "{}"], "--segmenter: '{}' has no 'type'"),
        (["--segmenter", "single", "--segmenter", "whole"], "several segmenters are given"),
        (["--html", "x.html", "--json"], "not allowed with argument"),
        (["--html", "x.html", "--score", "cuont"], "score: the dictionary has no numeric column 'cuont'"),
    ],
)
@pytest.mark.usefixtures("working_directory")
def test_mistakes_in_options_are_named(
    phrases: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("texts.txt").write_text("one\n", encoding="utf-8")
    assert main(["segment", "--dictionary", phrases, "texts.txt", *options]) == 2
    assert message in capsys.readouterr().err


OWN_SEGMENTER = """
import numpy as np
from spanreg.segmenters.base import Segmenter

@Segmenter.register("own_pairs")
class OwnPairs(Segmenter):
    def begins(self, words):
        return np.concatenate([np.arange(n) % 2 == 0 for n in np.diff(words.bounds)])

    def fingerprint(self):
        return "own_pairs"
"""


@pytest.mark.usefixtures("working_directory")
def test_a_segmenter_of_the_user_runs_once_it_is_included(phrases: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("own_segmenters.py").write_text(OWN_SEGMENTER, encoding="utf-8")
    Path("texts.txt").write_text("a b c d e\n", encoding="utf-8")
    command = ["segment", "--dictionary", phrases, "texts.txt", "--segmenter", "own_pairs"]
    assert main(command) == 2
    assert "add --include-package own_segmenters" in capsys.readouterr().err
    assert main([*command, "--include-package", "own_segmenters"]) == 0
    assert capsys.readouterr().out == "a b | c d | e\n"
