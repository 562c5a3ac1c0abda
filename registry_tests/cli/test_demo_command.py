"""``spanreg demo``: the study inside the package, at a size for tests, and its dictionary."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.commands import demo
from spanreg.cli.main import main
from spanreg.cli.options.study_arguments import plan_file
from spanreg.data.demonstration import idioms
from spanreg.packages import resolve_path
from spanreg.registry import Params
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.studies.report.tables import FEW
from spanreg.training.config.assembly import build_segmenter
from spanreg.training.config.experiment import Experiment

TINY = {
    "data.limit": "16",
    "encoder": '{"type": "tiny", "dim": 16, "layers": 1}',
    "training": '{"max_steps": 1, "batch_size": 8, "max_tokens": 24, "checkpoint_every": null}',
}
SETTINGS = [part for key, value in TINY.items() for part in ("--set", f"base.{key}={value}")]


@pytest.fixture(autouse=True)
def in_process_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the study in this process."""
    monkeypatch.setattr(demo, "build_executor", lambda text, jobs: InProcessExecutor())


def base_config() -> dict[str, Any]:
    """Return the config that the demo's arms change."""
    arguments = Namespace(include_package=[], ext_var=[], ext_code=[], ext_env=[], jpath=[], overrides="", settings=[])
    return plan_file(resolve_path(demo.STUDY), arguments).study.base


def test_the_demo_prints_a_table_and_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", "-s", str(folder), "--seeds", "1", "-q", *SETTINGS]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines[1:5]] == ["spans", "plain", "flat", "random"]
    assert FEW in lines
    assert lines[-1].startswith(f"Next: open {folder / 'report.html'}, or ")
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")
    assert main(["demo", "-s", str(folder), "--seeds", "1", "-q", "--json", *SETTINGS]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["study"], summary["baseline"], summary["finished"]) == ("demo", "plain", 4)


def test_mistakes_leave_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--seeds", "0", "-s", str(tmp_path / "demo")]) == 2
    assert "seeds: must be non-empty and unique" in capsys.readouterr().err
    assert main(["demo", "-s", str(tmp_path / "demo"), "--encoder", "pkg:no_such_package/model", "--seeds", "1"]) == 2
    assert "base.encoder.model: the package 'no_such_package' is not installed" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_the_dictionary_has_most_idioms_of_the_data() -> None:
    experiment = Experiment.from_params(Params(base_config()))
    segmenter = build_segmenter(experiment.segmenter, experiment.dictionary)
    rows = [row for split in idioms.SPLITS for row in idioms.sentences(split)]
    forms = {idiom.phrase: idiom.forms() for split in idioms.SPLITS for idiom in idioms.expressions(split)}
    count = 0
    for row, spans in zip(rows, segment_texts(segmenter, [row.text for row in rows]), strict=True):
        count += not {row.text[span.start : span.end].lower() for span in spans}.isdisjoint(forms[row.expression])
    assert count / len(rows) > 0.95
