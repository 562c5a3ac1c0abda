"""``spanreg dictionary show``: the overview, the ranks of a phrase, and the hint for a missing phrase."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main


@pytest.fixture(autouse=True)
def dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with a dictionary of 51 n-grams and one score, ``d.tsv``."""
    monkeypatch.chdir(tmp_path)
    lines = [f"phrase number{i}\t{100 - i}\t{i / 100}" for i in range(50)]
    Path("d.tsv").write_text("\n".join(["ngram\tcount\tpmi", *lines, "kick the bucket\t7\t0.9"]), encoding="utf-8")


def test_the_overview_is_printed_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "d.tsv"]) == 0
    text = capsys.readouterr().out
    assert "2\t50\n3\t1\n" in text
    assert "ngram\tn\tcount\tpmi\nphrase number0\t2\t100\t0.0000\n" in text
    assert text.endswith("51 n-grams; file of d.tsv\n")


def test_the_overview_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "d.tsv", "--json", "--by", "pmi"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["entries"] == 51
    assert figures["scores"] == ["pmi"]
    assert figures["most_frequent"][0]["ngram"] == "kick the bucket"


def test_the_ranks_and_neighbours_of_a_phrase_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "d.tsv", "Phrase  Number1"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("phrase number1: 2 words\nfigure\tvalue\trank\ncount\t99\t2 of 51\npmi\t0.0100\t50 of 51\n")
    assert "place\tngram\tn\tcount\tpmi\n1\tphrase number0\t2\t100" in text
    assert "\n5\tphrase number4\t" in text
    assert "\n6\t" not in text


def test_the_ranks_and_neighbours_of_a_phrase_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "d.tsv", "phrase number49", "--by", "pmi", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"] == {"count": {"value": 51, "rank": 50}, "pmi": {"value": 0.49, "rank": 2}}
    assert [row["rank"] for row in found["neighbours"]] == [1, 2, 3, 4, 5]
    assert found["neighbours"][0]["ngram"] == "kick the bucket"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["the bucket"], "'the bucket' is not in the dictionary. entries with 'the bucket': kick the bucket"),
        (["a bucket of"], "'a bucket of' is not in the dictionary. entries with 'bucket': kick the bucket"),
        (["nothing"], "'nothing' is not in the dictionary. no entry has any of its words"),
        (["--by", "pim"], "--by: the dictionary has no score 'pim'. did you mean 'pmi'? columns: count"),
    ],
)
def test_missing_phrases_and_scores_get_a_hint(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dictionary", "show", "d.tsv", *arguments]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_missing_dictionary_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "none.parquet"]) == 2
    assert "dictionary 'none.parquet' does not exist" in capsys.readouterr().err
