"""``spanreg sample-dictionary``: the file and its statistics, the options, and mistakes that leave no file."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spanreg.cli.main import main
from spanreg.dictionaries.file import FileDictionary

LINES = "The end of the road.\nthe end of The story\n"


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with a corpus of eleven words, ``corpus.txt``."""
    monkeypatch.chdir(tmp_path)
    Path("corpus.txt").write_text(LINES, encoding="utf-8")


def sample(*options: str, corpus: str = "corpus.txt") -> int:
    """Sample ``out/d.parquet``, and return the exit code."""
    return main(["sample-dictionary", corpus, "-o", "out/d.parquet", *options])


def ngrams(*options: str, min_count: int = 2) -> list[str]:
    """Return the n-grams that are sampled with these options."""
    assert sample("--min-count", str(min_count), *options) == 0
    found: list[str] = pq.read_table("out/d.parquet")["ngram"].to_pylist()
    return found


def test_the_dictionary_is_written_and_summarized(capsys: pytest.CaptureFixture[str]) -> None:
    assert sample("--min-count", "2", "--max-n", "3") == 0
    columns = pq.read_table("out/d.parquet").to_pydict()
    assert columns["ngram"] == ["end of", "of the", "the end", "end of the", "the end of"]
    assert columns["n"] == [2, 2, 2, 3, 3]
    assert columns["count"] == [2] * 5
    assert FileDictionary("out/d.parquet").table().num_rows == 5
    text = capsys.readouterr().out
    assert "2\t3\n3\t2\n" in text
    assert "end of\t2\n" in text
    assert "5 n-grams written to out/d.parquet" in text


def test_statistics_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert sample("--min-count", "2", "--no-lowercase", "--max-size", "2", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["words"] == 11
    assert figures["words_per_second"] > 0
    assert figures["entries"] == 1
    assert figures["entries_per_n"] == {"2": 1}
    assert figures["most_frequent"] == [{"ngram": "end of", "count": 2}]
    assert figures["output"] == "out/d.parquet"


def test_options_reach_the_sampler() -> None:
    assert ngrams("--min-n", "4", "--no-keep-function-words") == ["the end of the"]


def test_word_options_reach_the_sampler() -> None:
    short = ("--max-n", "2")
    assert ngrams(*short, "--lowercase") == ngrams(*short, "--lowercase", "before") == ngrams(*short)
    assert "the end" in ngrams(*short, "--lowercase", "after", min_count=1)
    assert ngrams(*short, "--lowercase", "after") == ["end of"]
    assert "the road." in ngrams("--words", "whitespace", min_count=1)
    assert "road ." in ngrams("--punctuation", "keep", min_count=1)
    assert "road ." not in ngrams("--punctuation", "drop", min_count=1)


@pytest.mark.parametrize("options", [("--lowercase", "corpus.txt"), ("--lowercase", "corpus.txt", "more.txt")])
def test_the_corpus_may_follow_an_option_with_an_optional_value(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("more.txt").write_text("x y\nx y\n", encoding="utf-8")
    assert main(["sample-dictionary", "-o", "d.parquet", "--min-count", "2", "--json", *options]) == 0
    assert json.loads(capsys.readouterr().out)["words"] == (11 if len(options) == 2 else 15)


def test_a_corpus_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample-dictionary", "-o", "d.parquet", "--lowercase", "after"]) == 2
    assert capsys.readouterr().err == "CORPUS is missing. give text files, or - for standard input\n"


def test_scores_become_columns() -> None:
    assert sample("--min-count", "2", "--score", "pmi", "--score", "document_frequency") == 0
    assert pq.read_table("out/d.parquet").schema.names == ["ngram", "n", "count", "pmi", "document_frequency"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-n", "4", "--max-n", "3"], "--min-n: min_n 4 exceeds max_n 3"),
        ([], "--min-count: no n-gram of 2 to 5 words occurs at least 10 times in the corpus of 11 words"),
        (["--score", "pim"], "--score: 'pim' is not registered for Scorer. did you mean 'pmi'?"),
        (["--max-n", "many"], "argument --max-n: expected an integer, got 'many'"),
    ],
)
def test_mistakes_leave_no_file(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample(*options) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""
    assert not Path("out").exists()


def test_a_missing_corpus_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert sample(corpus="none.txt") == 2
    assert "CORPUS: file 'none.txt' does not exist. relative paths start at" in capsys.readouterr().err


def test_all_mistakes_are_reported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert sample("--min-n", "1", "--max-n", "0") == 2
    errors = capsys.readouterr().err
    assert "--min-n" in errors
    assert "--max-n" in errors


OWN_SCORER = """
import numpy as np
from spanreg.scorers import Scorer

@Scorer.register("own_length")
class OwnLength(Scorer):
    name = "own_length"

    def scores(self, sample, level):
        return np.full(len(sample.levels[level].counts), float(sample.levels[level].n))
"""


def test_a_score_of_the_user_is_computed_once_it_is_included(capsys: pytest.CaptureFixture[str]) -> None:
    Path("own_scores.py").write_text(OWN_SCORER, encoding="utf-8")
    options = ["--min-count", "2", "--max-n", "3", "--score", "own_length"]
    assert sample(*options) == 2
    assert "add --include-package own_scores" in capsys.readouterr().err
    assert sample(*options, "--include-package", "own_scores") == 0
    assert pq.read_table("out/d.parquet")["own_length"].to_pylist() == [2.0, 2.0, 2.0, 3.0, 3.0]


def test_a_package_that_is_missing_is_reported_with_the_other_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert sample("--include-package", "own_missing", "--min-count", "0") == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("--include-package: there is no module 'own_missing'")
    assert lines[1] == "--min-count: is 0. give at least 1"
