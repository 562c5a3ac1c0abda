"""The bench command: the benchmarks of dictionaries, segmentation and agreement on little text."""

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main

CORPUS = "In New York City it rains.\nCats and dogs like New York City.\n" * 200
GOLD = "The DT B-NP\nold JJ I-NP\nman NN I-NP\nsings VBZ B-VP\n. . O\n\nHe PRP B-NP\n"
"Words with part of speech and chunk: [The old man] [sings] [.], [He]."


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    """Return the path of ``CORPUS``."""
    path = tmp_path / "corpus.txt"
    path.write_text(CORPUS, encoding="utf-8")
    return str(path)


def bench_results(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Return the results of a benchmark by name."""
    assert main(["bench", *arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report.keys() == {"bench", "results", "machine", "about"}
    assert all({"name", "value", "unit", "goal", "met"} <= result.keys() for result in report["results"])
    return {result["name"]: result for result in report["results"]}


def test_dictionary_benchmark(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    results = bench_results(capsys, "dictionary", "--corpus", corpus, "--repeats", "1", "--words", "500")
    assert {result["goal"] for result in results.values()} == {None, ">= 100", "<= 2"}
    # The memory is that of this process, which has the libraries and what earlier tests have used.
    memory = results["spanreg ngram, the whole corpus: peak memory"]
    assert memory["value"] > 0.1
    assert memory["met"] == (memory["value"] <= 2)
    assert results["spanreg ngram, the whole corpus, against scikit-learn CountVectorizer on the slice"]["value"] > 0


def test_segmentation_benchmark(corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phrases = tmp_path / "phrases.txt"
    phrases.write_text("new york city\ncats and dogs\n", encoding="utf-8")
    arguments = ["--corpus", corpus, "--dictionary", str(phrases), "--repeats", "1", "--words", "500"]
    results = bench_results(capsys, "segmentation", *arguments)
    assert results["spanreg max_match"]["value"] > 0
    assert {result["goal"] for result in results.values()} == {None, ">= 1.5", "<= 1.15"}
    # Only a rival that is not installed has no value.
    for result in results.values():
        assert (result["value"] is None) == ("pip install" in result["note"])


def test_agreement_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, phrases = tmp_path / "gold.txt", tmp_path / "phrases.txt"
    gold.write_text(GOLD, encoding="utf-8")
    phrases.write_text("old man\n", encoding="utf-8")
    arguments = ["--gold", str(gold), "--dictionary", str(phrases), "--score", "count"]
    results = bench_results(capsys, "agreement", *arguments)
    # The gold chunks have two boundaries within sentences. max_match splits off "The", which adds one; single words
    # add two. Spans are right if both ends are: [sings], [.] and [He].
    figures = ("boundary precision", "boundary recall", "boundary F1", "span precision", "span recall", "span F1")
    values = [[results[f"{name}: {figure}"]["value"] for figure in figures] for name in ("max_match", "single")]
    assert values[0] == pytest.approx([2 / 3, 1, 0.8, 3 / 5, 3 / 4, 2 / 3], abs=1e-3)
    assert values[1] == pytest.approx([2 / 4, 1, 2 / 3, 3 / 6, 3 / 4, 0.6], abs=1e-3)
    assert {"viterbi by count: span F1", "max_match backward, best 20,000 per n by count: span F1"} <= results.keys()


def test_results_are_printed_as_a_table(corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text(GOLD, encoding="utf-8")
    assert main(["bench", "agreement", "--gold", str(gold), "--dictionary", corpus]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t") == ["what", "value", "unit", "goal", "met", "floor", "note"]
    assert lines[-1].startswith("sentences 2, words 6, phrases 4")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nothing"], "there is no 'nothing'"),
        (["agreement"], "--gold: is missing, and agreement needs it. give it"),
        (["agreement", "--gold", "GOLD"], "--dictionary: is missing, and agreement needs it. give it"),
        (["agreement", "--gold", "BAD", "--dictionary", "GOLD"], "line 2 is 'two words'"),
        (["dictionary", "--repeats", "0"], "--repeats: is 0. give 1 or more"),
        (["dictionary", "--corpus", "none.txt"], "none.txt does not exist"),
        (["segmentation", "--corpus", "GOLD", "--dictionary", "GOLD", "--tokenizer", "pkg:nothing/x"], "not installed"),
    ],
)
def test_wrong_arguments_are_rejected(
    arguments: list[str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("GOLD").write_text(GOLD, encoding="utf-8")
    Path("BAD").write_text("one NN B-NP\ntwo words\n", encoding="utf-8")
    assert main(["bench", *arguments]) == 2
    assert problem in capsys.readouterr().err
