"""Files, patterns and packages that a config names and that do not exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pytest

from spanreg.callbacks.base import Callback
from spanreg.cli.main import main
from spanreg.registry import OnDisk, Params, Untracked
from spanreg.training.config.experiment_plan import plan_experiment

CORPUS = "pkg:spanreg/data/demo_material/background.txt"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dev.csv").touch()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "1.txt").touch()
    return tmp_path


def config(**parts: Any) -> dict[str, Any]:
    return {"data": {"type": "demo"}, "encoder": {"type": "tiny"}, **parts}


def problems(**parts: Any) -> list[str]:
    return [str(problem) for problem in plan_experiment(Params(config(**parts))).problems]


def csv(**files: str) -> dict[str, Any]:
    return {"type": "csv", "files": files, "labels": ["a", "b"]}


def ngram(corpus: Any) -> dict[str, Any]:
    return {"type": "ngram", "corpus": corpus}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"data": csv(train="dv.csv")},
            "data.files.train: there is no file or folder 'dv.csv'. did you mean 'dev.csv'?",
        ),
        ({"data": csv(train="/nowhere/a.csv")}, "data.files.train: there is no file or folder '/nowhere/a.csv'. check"),
        ({"data": csv(train="x" * 3000)}, f"data.files.train: '{'x' * 80}...' cannot be a file: File name too long. "),
        ({"data": {"type": "conll", "files": {"train": "a"}}}, "data.files.train: there is no file or folder 'a'. "),
        ({"data": {"type": "glue", "task": "rte", "path": "glue"}}, "data.path: there is no file or folder 'glue'. "),
        ({"data": {"type": "snli", "path": "snli"}}, "data.path: there is no file or folder 'snli'. "),
        ({"data": {"type": "hub", "path": "./hub"}}, "data.path: there is no file or folder './hub'. "),
        ({"encoder": "a/b/c"}, "encoder: "),
        ({"encoder": {"model": "./bert"}}, "encoder.model: there is no file or folder './bert'. "),
        ({"encoder": {"model": "~/bert"}}, "encoder.model: there is no file or folder '~/bert'. "),
        ({"encoder": {"model": "models/bert/base"}}, "encoder.model: there is no file or folder 'models/bert/base'. "),
        (
            {"encoder": {"model": "pkg:spanreg/modle"}},
            "encoder.model: there is no file or folder 'pkg:spanreg/modle'. did",
        ),
        ({"encoder": {"model": "pkg:no_such/model"}}, "encoder.model: the package 'no_such' is not installed. "),
        ({"dictionary": ngram("corpora/*.txt")}, "dictionary.corpus: no file matches 'corpora/*.txt'. relative paths "),
        ({"dictionary": ngram([CORPUS, "a.txt"])}, "dictionary.corpus.1: there is no file or folder 'a.txt'. "),
        (
            {"dictionary": {"type": "file", "path": "d.parquet"}},
            "dictionary.path: there is no file or folder 'd.parquet'. the folder has: corpus, dev.csv; make one with: "
            "spanreg sample-dictionary CORPUS -o FILE; relative paths start at ",
        ),
        ({"segmenter": {"type": "gold", "path": "a.jsonl"}}, "segmenter.path: there is no file or folder 'a.jsonl'. "),
    ],
)
def test_what_does_not_exist_is_a_problem(parts: dict[str, Any], said: str) -> None:
    (found,) = problems(**parts)
    assert found.startswith(said)


@pytest.mark.parametrize(
    "parts",
    [
        {"data": csv(train="dev.csv"), "dictionary": ngram("corpus/*.txt")},
        {"encoder": {"model": "bert-base-uncased"}},
        {"encoder": {"model": "google/electra-small-discriminator"}},
        {"data": {"type": "hub", "path": "imdb"}},
        {"dictionary": ngram(["corpus/**/*.txt", CORPUS])},
        {"training": {"callbacks": [{"type": "mlflow", "folder": "made/by/it"}]}},
    ],
)
def test_files_that_exist_or_may_be_elsewhere_are_accepted(parts: dict[str, Any]) -> None:
    assert problems(**parts) == []


def test_every_missing_file_is_reported_at_once_with_other_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "config.json"
    given = config(data=csv(train="a.csv", test="b.csv"), dictionary=ngram("*.gz"), training={"epochs": True})
    file.write_text(json.dumps(given))
    assert main(["check", str(file)]) == 2
    lines = capsys.readouterr().out.splitlines()
    where = ["training.epochs", "data.files.train", "data.files.test", "dictionary.corpus"]
    assert sorted(line.split(" ")[1].rstrip(":") for line in lines) == sorted(where)
    assert main(["train", str(file), "-s", str(folder / "run")]) == 2
    assert not (folder / "run").exists()


def test_a_study_is_refused_before_its_first_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "study.json"
    arms = {"spans": {"dictionary": ngram("corpora/*.txt")}}
    file.write_text(json.dumps({"base": config(), "seeds": [1], "arms": arms}))
    assert main(["study", "run", str(file), "-s", str(folder / "made")]) == 2
    assert "arms.spans.dictionary.corpus: no file matches 'corpora/*.txt'" in capsys.readouterr().err
    assert not (folder / "made").exists()


def test_components_of_others_are_checked_by_their_annotations() -> None:
    @Callback.register("reads_files")
    class ReadsFiles(Callback):
        def __init__(
            self,
            path: Path,
            pattern: Annotated[str, OnDisk()],
            either: int | Path | None = None,
            read: Annotated[Path, Untracked()] | None = None,
            written: Annotated[Path, Untracked(written=True)] | None = None,
        ) -> None:
            super().__init__()

    names = ("path", "pattern", "either", "read", "written")
    found = problems(training={"callbacks": [{"type": "reads_files", **dict.fromkeys(names, "absent")}]})
    assert [problem.split(":")[0].rpartition(".")[2] for problem in found] == ["path", "pattern", "either", "read"]
