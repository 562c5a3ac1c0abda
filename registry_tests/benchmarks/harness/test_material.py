"""Texts of benchmarks: from given files, from a folder of corpora, or generated."""

from pathlib import Path

import pytest

from spanreg.benchmarks.harness.material import BenchCorpus, find_corpus
from spanreg.registry import ConfigurationError
from spanreg.text.unicode.words import find_words


def test_texts_are_the_first_lines_that_have_enough_words(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text("a b c\n\nd e\n", encoding="utf-8")
    second.write_text("f g\nh\n", encoding="utf-8")
    corpus = BenchCorpus("two", (first, second))
    assert corpus.texts(1) == ["a b c"]
    assert corpus.texts(4) == ["a b c", "d e"]
    assert corpus.texts(6) == ["a b c", "d e", "f g"]
    assert corpus.texts(100) == ["a b c", "d e", "f g", "h"]


def test_given_files_precede_the_corpus_folder_and_generated_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = tmp_path / "corpora", tmp_path / "one.txt"
    (folder / "wikipedia-en-2015").mkdir(parents=True)
    for path in (file, folder / "wikipedia-en-2015" / "a.txt.zst", folder / "b.txt"):
        path.touch()
    monkeypatch.setenv("SPANREG_CORPUS_DIR", str(folder))
    assert find_corpus([str(file)], tmp_path).files == (file,)
    # Of several corpora in the folder, English Wikipedia is preferred.
    assert find_corpus([], tmp_path).files == (folder / "wikipedia-en-2015" / "a.txt.zst",)
    monkeypatch.delenv("SPANREG_CORPUS_DIR")
    assert find_corpus([], tmp_path).name == "made up"


def test_generated_text_is_reproducible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPANREG_CORPUS_DIR", raising=False)
    texts = find_corpus([], tmp_path).texts(1000)
    assert 1000 <= len(find_words(texts)) < 1100
    assert texts == find_corpus([], tmp_path).texts(1000)


def test_missing_files_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.txt does not exist"):
        find_corpus(["none.txt"], tmp_path)
    monkeypatch.setenv("SPANREG_CORPUS_DIR", str(tmp_path))
    with pytest.raises(ConfigurationError, match="which has no file with a suffix"):
        find_corpus([], tmp_path)
