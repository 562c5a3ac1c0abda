"""``spanreg glue-submission``: from trained runs to the archive and the table of scores."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.cli.main import main

MakeRun = Callable[..., Path]


@pytest.fixture(scope="module")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in the hub's layout: small training sets, and the test set of WNLI and AX at their full size."""
    folder = tmp_path_factory.mktemp("glue")
    for path, texts, rows, labelled in (
        ("wnli/train", ("sentence1", "sentence2"), 8, True),
        ("wnli/validation", ("sentence1", "sentence2"), 4, True),
        ("wnli/test", ("sentence1", "sentence2"), 146, False),
        ("mnli/train", ("premise", "hypothesis"), 9, True),
        ("mnli/validation_matched", ("premise", "hypothesis"), 6, True),
        ("ax/test-00000-of-00001", ("premise", "hypothesis"), 1104, False),
    ):
        columns: dict[str, Any] = {name: [f"a {name} {row % 7}" for row in range(rows)] for name in texts}
        columns["label"] = pa.array([row % 2 if labelled else -1 for row in range(rows)], pa.int64())
        columns["idx"] = pa.array(range(rows), pa.int32())
        (folder / path).parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), folder / f"{path}.parquet")
    return folder


@pytest.fixture(scope="module")
def runs(glue: Path) -> list[str]:
    """Return the folders of trained runs of WNLI and MNLI."""
    for task in ("wnli", "mnli"):
        config = glue / f"{task}.json"
        data = {"type": "glue", "task": task, "path": str(glue)}
        training = {"max_steps": 1, "batch_size": 8, "max_tokens": 16}
        config.write_text(
            json.dumps({"data": data, "encoder": {"type": "tiny", "dim": 16, "layers": 1}, "training": training})
        )
        assert main(["train", str(config), "-s", str(glue / f"run-{task}"), "-q"]) == 0
    return [str(glue / "run-wnli"), str(glue / "run-mnli")]


def test_a_run_of_mnli_predicts_the_diagnostic_set(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", runs[1], "--split", "test_ax", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"test_ax": {}}
    lines = (Path(runs[1]) / "predictions" / "test_ax.jsonl").read_text().splitlines()
    assert [json.loads(line)["idx"] for line in lines] == list(range(1104))


def test_the_archive_has_the_predictions_of_the_run(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "submission.zip"
    assert main(["glue-submission", runs[0], "-o", str(out), "--fill-missing", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["submission"]["files"]["WNLI.tsv"] == 146
    assert len(summary["submission"]["filled"]) == 10
    wnli = summary["tasks"]["wnli"]
    assert summary["average"] == wnli["score"] == wnli["figures"]["validation"]["accuracy"]
    recorded = (Path(runs[0]) / "predictions" / "test.jsonl").read_text().splitlines()
    with zipfile.ZipFile(out) as archive:
        lines = archive.read("WNLI.tsv").decode().splitlines()[1:]
    assert lines == [f"{row['idx']}\t{row['prediction']}" for row in map(json.loads, recorded)]


def test_missing_runs_and_splits_are_reported_at_once(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "submission.zip"
    assert main(["glue-submission", *runs, "-o", str(out)]) == 2
    first, *others = [line for line in capsys.readouterr().err.splitlines() if "no run" in line or "MNLI-" in line]
    assert first.startswith("no run of cola, sst2, mrpc, stsb, qqp, qnli, rte, so there is no CoLA.tsv, ")
    assert [line.partition(":")[0] for line in others if "no split" in line] == ["MNLI-m.tsv", "MNLI-mm.tsv"]
    assert not out.exists()


def test_scores_and_their_average_are_printed_without_an_archive(
    fake_glue_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mrpc = fake_glue_run(tmp_path / "mrpc", "mrpc", {"validation": {"f1": 0.9, "accuracy": 0.8, "loss": 1.0}})
    sections = {"validation_matched": {"accuracy": 0.7}, "validation_mismatched": {"accuracy": 0.6}}
    mnli = fake_glue_run(tmp_path / "mnli", "mnli", sections)
    assert main(["glue-submission", str(mnli), str(mrpc)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "task\trun\tvalidation\tscore",
        f"mrpc\t{mrpc}\tf1 0.9000, accuracy 0.8000\t0.8500",
        f"mnli\t{mnli}\tmatched accuracy 0.7000, mismatched accuracy 0.6000\t0.6500",
        "average of 2\t\twithout cola, sst2, stsb, qqp, qnli, rte, wnli\t0.7500",
    ]
