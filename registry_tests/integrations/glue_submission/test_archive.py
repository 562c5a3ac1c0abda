"""Archive for GLUE's leaderboard: the published format, the predictions of the runs, and incomplete runs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.data.glue import GlueReader
from spanreg.integrations.glue_submission.archive import glue_runs, predictions_of, write_submission
from spanreg.integrations.glue_submission.files import FILES
from spanreg.registry import ConfigurationError

TWO_WAY, THREE_WAY = "entailment|not_entailment", "entailment|neutral|contradiction"
PUBLISHED = {
    "CoLA.tsv": (1063, "0|1"),
    "SST-2.tsv": (1821, "0|1"),
    "MRPC.tsv": (1725, "0|1"),
    "STS-B.tsv": (1379, r"[0-4]\.\d{3}|5\.000"),
    "QQP.tsv": (390965, "0|1"),
    "MNLI-m.tsv": (9796, THREE_WAY),
    "MNLI-mm.tsv": (9847, THREE_WAY),
    "QNLI.tsv": (5463, TWO_WAY),
    "RTE.tsv": (3000, TWO_WAY),
    "WNLI.tsv": (146, "0|1"),
    "AX.tsv": (1104, THREE_WAY),
}
"Number of rows and pattern of the answers by file, independent of the tables of the package."

MakeRun = Callable[..., Path]
AddPredictions = Callable[..., None]


def submission_error(runs: list[Path], out: Path, **options: Any) -> str:
    """Return the message of a submission that fails and writes no file."""
    with pytest.raises(ConfigurationError) as caught:
        write_submission(glue_runs(runs), out, **options)
    assert not out.exists()
    return str(caught.value)


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, fake_glue_run: MakeRun, add_predictions: AddPredictions
) -> list[Path]:
    """Return runs of WNLI, STS-B and MNLI with predictions of their test sets."""
    folder = tmp_path_factory.mktemp("runs")
    wnli, stsb, mnli = (fake_glue_run(folder / task, task) for task in ("wnli", "stsb", "mnli"))
    # In descending order of the indices, which the archive sorts.
    add_predictions(wnli, "test", [row % 2 for row in reversed(range(146))], list(reversed(range(146))))
    add_predictions(stsb, "test", [-0.25, 5.75, 2.0005, *[1.23456] * 1376])
    add_predictions(mnli, "test_matched", [row % 3 for row in range(9796)])
    add_predictions(mnli, "test_mismatched", [2] * 9847)
    add_predictions(mnli, "test_ax", [1] * 1104)
    return [wnli, stsb, mnli]


@pytest.fixture(scope="module")
def out(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of an archive in which the other tasks have fill-in answers."""
    path = tmp_path_factory.mktemp("out") / "submission.zip"
    written = write_submission(glue_runs(runs), path, fill_missing=True)
    assert written.filled == ("CoLA.tsv", "SST-2.tsv", "MRPC.tsv", "QQP.tsv", "QNLI.tsv", "RTE.tsv")
    return path


@pytest.fixture(scope="module")
def archive(out: Path) -> dict[str, list[str]]:
    """Return the lines of the archive's files by name."""
    with zipfile.ZipFile(out) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name).decode("ascii").split("\n") for name in opened.namelist()}


def test_the_archive_has_the_published_files(archive: dict[str, list[str]]) -> None:
    assert sorted(archive) == sorted(PUBLISHED) == sorted(FILES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_file_has_the_published_header_rows_and_answers(archive: dict[str, list[str]], name: str) -> None:
    rows, answers = PUBLISHED[name]
    header, *lines, last = archive[name]
    assert (header, last, len(lines)) == ("index\tprediction", "", rows)
    expected = re.compile(rf"(\d+)\t(?:{answers})")
    found = [match[1] if (match := expected.fullmatch(line)) else line for line in lines]
    assert found == [str(index) for index in range(rows)]


def test_the_predictions_of_the_runs_are_sorted_by_index(archive: dict[str, list[str]]) -> None:
    assert archive["WNLI.tsv"][1:4] == ["0\t0", "1\t1", "2\t0"]
    assert archive["MNLI-m.tsv"][1:4] == ["0\tentailment", "1\tneutral", "2\tcontradiction"]
    assert archive["MNLI-mm.tsv"][1] == "0\tcontradiction"
    assert archive["AX.tsv"][1] == "0\tneutral"


def test_similarities_are_clipped_to_their_scale_and_rounded(archive: dict[str, list[str]]) -> None:
    assert [line.split("\t")[1] for line in archive["STS-B.tsv"][1:5]] == ["0.000", "5.000", "2.001", "1.235"]


def test_the_same_runs_give_the_same_bytes(runs: list[Path], out: Path, tmp_path: Path) -> None:
    write_submission(glue_runs(runs), tmp_path / "again.zip", fill_missing=True)
    assert (tmp_path / "again.zip").read_bytes() == out.read_bytes()


def test_missing_tasks_are_named_with_their_files(runs: list[Path], tmp_path: Path) -> None:
    assert submission_error(runs[:2], tmp_path / "out.zip") == (
        "no run of cola, sst2, mrpc, qqp, mnli, qnli, rte, so there is no CoLA.tsv, SST-2.tsv, MRPC.tsv, QQP.tsv, "
        "MNLI-m.tsv, MNLI-mm.tsv, QNLI.tsv, RTE.tsv, AX.tsv. the leaderboard accepts only whole submissions: give a "
        "run of each task, or --fill-missing"
    )


def test_two_runs_of_a_task_and_unsuitable_folders_are_reported_at_once(
    runs: list[Path], tmp_path: Path, fake_glue_run: MakeRun
) -> None:
    again = fake_glue_run(tmp_path / "again", "wnli")
    other = fake_glue_run(tmp_path / "other", "cola")
    (other / "config.json").write_text('{"data": {"type": "demo"}}')
    damaged = fake_glue_run(tmp_path / "damaged", "rte")
    (damaged / "inference.json").write_text('{"format": 1}')
    lines = submission_error([*runs, again, other, damaged, tmp_path / "nowhere"], tmp_path / "out.zip").splitlines()
    assert lines == [
        f"{runs[0]} and {again} are both runs of wnli. give one run for each task",
        f"{other} is a run of cola, read by 'demo'. give runs of the reader 'glue', of cola, sst2, mrpc, stsb, qqp, "
        "mnli, qnli, rte, wnli",
        f"the run in {damaged} is damaged: it has no 'task'. copy the whole folder once more, or train it again",
        f"there is no folder {tmp_path / 'nowhere'}. name a folder that 'spanreg train' wrote",
    ]


FAULTS = [
    ([0] * 100, None, "100 rows instead of 146"),
    ([0] * 146, [*range(145), 200], "no row with the index 145"),
    ([0] * 146, [0, *range(145)], "no row with the index 145"),
    ([*[0] * 145, 2], None, "the prediction 2 at the index 145"),
    ([*[0] * 145, 0.5], None, "the prediction 0.5 at the index 145"),
]


@pytest.mark.parametrize(("predictions", "indices", "fault"), FAULTS)
def test_incomplete_and_invalid_predictions_are_refused(
    predictions: list[Any], indices: list[int] | None, fault: str, wnli: Path, add_predictions: AddPredictions
) -> None:
    add_predictions(wnli, "test", predictions, indices)
    with pytest.raises(ConfigurationError) as caught:
        predictions_of(glue_runs([wnli])["wnli"], FILES["WNLI.tsv"])
    assert str(caught.value) == (
        f"WNLI.tsv: the split 'test' of {wnli} has {fault}. the test set has the indices 0 to 145; a 'limit' in a "
        "run's data reads a part of it"
    )


@pytest.fixture
def wnli(tmp_path: Path, fake_glue_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run of WNLI whose predictions are not computed again."""
    monkeypatch.setattr("spanreg.integrations.glue_submission.archive.SavedRun", lambda path: path)
    monkeypatch.setattr("spanreg.integrations.glue_submission.archive.evaluate_on_split", lambda run, split: {})
    return fake_glue_run(tmp_path / "wnli", "wnli")


def test_unavailable_test_sets_are_reported_at_once_before_the_first_prediction(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake_glue_run: MakeRun
) -> None:
    def fail(run: Path, split: str) -> None:
        raise AssertionError("a prediction before all checks")

    def read(reader: GlueReader, split: str) -> dict[str, list[int]]:
        if reader.task.name == "rte":
            return {"idx": list(range(5))}
        raise ConfigurationError(f"no split {split!r}", hint="find it")

    monkeypatch.setattr("spanreg.integrations.glue_submission.archive.evaluate_on_split", fail)
    monkeypatch.setattr(GlueReader, "read", read)
    submitted = [*runs[:2], *(fake_glue_run(tmp_path / task, task) for task in ("mnli", "rte"))]
    lines = submission_error(submitted, tmp_path / "out.zip").splitlines()
    assert lines[0].startswith("no run of cola")
    assert lines[1:4] == [
        "MNLI-m.tsv: no split 'test_matched'. find it",
        "MNLI-mm.tsv: no split 'test_mismatched'. find it",
        f"RTE.tsv: the split 'test' of {submitted[-1]} has 5 rows instead of 3000. the test set has the indices "
        "0 to 2999; a 'limit' in a run's data reads a part of it",
    ]
    assert lines[4:] == ["AX.tsv: no split 'test_ax'. find it"]
