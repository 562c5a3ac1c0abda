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
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory of the test, with the files ``dev.csv`` and ``corpus/1.txt``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dev.csv").touch()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "1.txt").touch()
    return tmp_path


def config_with(**parts: Any) -> dict[str, Any]:
    return {"data": {"type": "demo"}, "encoder": {"type": "tiny"}, **parts}


def problems(**parts: Any) -> list[str]:
    """Return the problems of a config with these parts."""
    return [str(problem) for problem in plan_experiment(Params(config_with(**parts))).problems]


def csv_data(**files: str) -> dict[str, Any]:
    return {"type": "csv", "files": files, "labels": ["a", "b"]}


def ngram_dictionary(corpus: Any) -> dict[str, Any]:
    return {"type": "ngram", "corpus": corpus}


@pytest.mark.parametrize(
    ("parts", "beginning"),
    [
        (
            {"data": csv_data(train="dv.csv")},
            "data.files.train: there is no file or folder 'dv.csv'. did you mean 'dev.csv'?",
        ),
        (
            {"data": csv_data(train="/nowhere/a.csv")},
            "data.files.train: there is no file or folder '/nowhere/a.csv'. check",
        ),
        (
            {"data": csv_data(train="x" * 3000)},
            f"data.files.train: '{'x' * 80}...' cannot be a file: File name too long. ",
        ),
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
        (
            {"dictionary": ngram_dictionary("corpora/*.txt")},
            "dictionary.corpus: no file matches 'corpora/*.txt'. relative paths ",
        ),
        (
            {"dictionary": ngram_dictionary([CORPUS, "a.txt"])},
            "dictionary.corpus.1: there is no file or folder 'a.txt'. ",
        ),
        (
            {"dictionary": {"type": "file", "path": "d.parquet"}},
            "dictionary.path: there is no file or folder 'd.parquet'. the folder has: corpus, dev.csv; make one with: "
            "spanreg sample-dictionary CORPUS -o FILE; relative paths start at ",
        ),
        ({"segmenter": {"type": "gold", "path": "a.jsonl"}}, "segmenter.path: there is no file or folder 'a.jsonl'. "),
    ],
)
def test_missing_files_and_packages_are_problems(parts: dict[str, Any], beginning: str) -> None:
    (problem,) = problems(**parts)
    assert problem.startswith(beginning)


@pytest.mark.parametrize(
    "parts",
    [
        {"data": csv_data(train="dev.csv"), "dictionary": ngram_dictionary("corpus/*.txt")},
        {"encoder": {"model": "bert-base-uncased"}},
        {"encoder": {"model": "google/electra-small-discriminator"}},
        {"data": {"type": "hub", "path": "imdb"}},
        {"dictionary": ngram_dictionary(["corpus/**/*.txt", CORPUS])},
        {"training": {"callbacks": [{"type": "mlflow", "folder": "runs/mlflow"}]}},  # an output folder
    ],
)
def test_existing_files_and_names_on_the_hub_are_accepted(parts: dict[str, Any]) -> None:
    assert problems(**parts) == []


def test_all_missing_files_are_reported_at_once_with_other_mistakes(
    working_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = working_directory / "config.json"
    config = config_with(
        data=csv_data(train="a.csv", test="b.csv"), dictionary=ngram_dictionary("*.gz"), training={"epochs": True}
    )
    file.write_text(json.dumps(config))
    assert main(["check", str(file)]) == 2
    lines = capsys.readouterr().out.splitlines()
    paths = ["training.epochs", "data.files.train", "data.files.test", "dictionary.corpus"]
    assert sorted(line.split(" ")[1].rstrip(":") for line in lines) == sorted(paths)
    assert main(["train", str(file), "-s", str(working_directory / "run")]) == 2
    assert not (working_directory / "run").exists()


def test_a_study_with_a_missing_file_does_not_start(
    working_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = working_directory / "study.json"
    arms = {"spans": {"dictionary": ngram_dictionary("corpora/*.txt")}}
    file.write_text(json.dumps({"base": config_with(), "seeds": [1], "arms": arms}))
    assert main(["study", "run", str(file), "-s", str(working_directory / "made")]) == 2
    assert "arms.spans.dictionary.corpus: no file matches 'corpora/*.txt'" in capsys.readouterr().err
    assert not (working_directory / "made").exists()


def test_paths_of_user_components_are_checked_by_their_annotations() -> None:
    @Callback.register("reads_files")
    class ReadsFiles(Callback):
        """Callback of a user, with a parameter for each way to declare a path."""

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
