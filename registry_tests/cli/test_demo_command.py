"""``spanreg demo``: a study that ships inside the package, at a size for tests."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.commands import demo
from spanreg.cli.main import main
from spanreg.cli.options.study_arguments import plan_file
from spanreg.data.demonstration import idioms
from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.worker import answer
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


class Here(Executor):
    """Makes the calls in this process."""

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            yield Outcome(call, **answer({"function": call.function, "arguments": call.arguments}))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "build_executor", lambda text, jobs: Here())


def base() -> dict[str, Any]:
    """Return the config that the demo's arms change."""
    asked = Namespace(include_package=[], ext_var=[], ext_code=[], ext_env=[], jpath=[], overrides="", settings=[])
    return plan_file(resolve_path(demo.STUDY), asked).study.base


def test_a_table_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", "-s", str(folder), "--seeds", "1", "-q", *SETTINGS]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines[1:5]] == ["spans", "plain", "flat", "random"]
    assert FEW in lines
    assert lines[-1].startswith(f"Next: open {folder / 'report.html'}, or ")
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")
    assert main(["demo", "-s", str(folder), "--seeds", "1", "-q", "--json", *SETTINGS]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["study"], said["baseline"], said["finished"]) == ("demo", "plain", 4)


def test_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--seeds", "0", "-s", str(tmp_path / "demo")]) == 2
    assert "seeds: must be non-empty and unique" in capsys.readouterr().err
    assert main(["demo", "-s", str(tmp_path / "demo"), "--encoder", "pkg:no_such_package/model", "--seeds", "1"]) == 2
    assert "base.encoder.model: the package 'no_such_package' is not installed" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_the_dictionary_knows_nearly_every_idiom() -> None:
    experiment = Experiment.from_params(Params(base()))
    segmenter = build_segmenter(experiment.segmenter, experiment.dictionary)
    rows = [row for split in idioms.SPLITS for row in idioms.sentences(split)]
    forms = {e.phrase: e.forms() for split in idioms.SPLITS for e in idioms.expressions(split)}
    whole = 0
    for row, spans in zip(rows, segment_texts(segmenter, [row.text for row in rows]), strict=True):
        whole += not {row.text[span.start : span.end].lower() for span in spans}.isdisjoint(forms[row.expression])
    assert whole / len(rows) > 0.95
