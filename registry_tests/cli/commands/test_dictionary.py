"""``spanreg dictionary show``: the overview, the ranks of a phrase, and the hint for one that is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main


@pytest.fixture(autouse=True)
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [f"phrase number{i}\t{100 - i}\t{i / 100}" for i in range(50)]
    Path("d.tsv").write_text("\n".join(["ngram\tcount\tpmi", *lines, "kick the bucket\t7\t0.9"]), encoding="utf-8")


def test_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "d.tsv"]) == 0
    said = capsys.readouterr().out
    assert "2\t50\n3\t1\n" in said
    assert "ngram\tn\tcount\tpmi\nphrase number0\t2\t100\t0.0000\n" in said
    assert said.endswith("51 n-grams; file of d.tsv\n")
    assert main(["dictionary", "show", "d.tsv", "--json", "--by", "pmi"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["entries"] == 51
    assert figures["scores"] == ["pmi"]
    assert figures["most_frequent"][0]["ngram"] == "kick the bucket"


def test_a_phrase(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "d.tsv", "Phrase  Number1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("phrase number1: 2 words\nfigure\tvalue\trank\ncount\t99\t2 of 51\npmi\t0.0100\t50 of 51\n")
    assert "place\tngram\tn\tcount\tpmi\n1\tphrase number0\t2\t100" in said
    assert "\n5\tphrase number4\t" in said
    assert "\n6\t" not in said
    assert main(["dictionary", "show", "d.tsv", "phrase number49", "--by", "pmi", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"] == {"count": {"value": 51, "rank": 50}, "pmi": {"value": 0.49, "rank": 2}}
    assert [row["rank"] for row in found["neighbours"]] == [1, 2, 3, 4, 5]
    assert found["neighbours"][0]["ngram"] == "kick the bucket"


MISTAKES = {
    "'the bucket' is not in the dictionary. entries with 'the bucket': kick the bucket": ["the bucket"],
    "'a bucket of' is not in the dictionary. entries with 'bucket': kick the bucket": ["a bucket of"],
    "'nothing' is not in the dictionary. no entry has any of its words": ["nothing"],
    "--by: the dictionary has no score 'pim'. did you mean 'pmi'? columns: count": ["--by", "pim"],
}


@pytest.mark.parametrize("problem", MISTAKES)
def test_mistakes(capsys: pytest.CaptureFixture[str], problem: str) -> None:
    assert main(["dictionary", "show", "d.tsv", *MISTAKES[problem]]) == 2
    assert capsys.readouterr().err.startswith(problem)


def test_a_missing_dictionary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "show", "none.parquet"]) == 2
    assert "dictionary 'none.parquet' does not exist" in capsys.readouterr().err
