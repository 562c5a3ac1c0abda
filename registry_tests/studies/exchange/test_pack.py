"""Packs: what is in them, that they are the same bytes again, and that damaged or hostile ones are refused."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from registry_tests.campaigns.damaged_things import FinishedStudy
from spanreg.cli.main import main
from spanreg.executors.local import LocalExecutor
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.exchange.pack import INDEX, opened_study, pack_study
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.studies.report.facts import report_facts

Make = Callable[..., Path]
LABELS = [0, 1, 1, 0, 1, 0, 1, 1]
PREDICTIONS = {
    "plain": {1: [0, 1, 0, 0, 1, 1, 1, 1], 2: [0, 0, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 0, 1]},
    "spans": {1: [0, 1, 1, 0, 1, 1, 1, 1], 2: [0, 1, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 1, 1]},
}


@pytest.fixture
def study(make_study: Make) -> Path:
    return make_study(PREDICTIONS, LABELS, unfinished={("spans", 4): {"state": "failed", "problem": "stopped"}})


@pytest.fixture
def pack(study: Path, tmp_path: Path) -> Path:
    pack_study(study, tmp_path / "study.zip")
    return tmp_path / "study.zip"


def facts_of(path: Path) -> dict[str, Any]:
    with opened_study(path) as folder:
        return report_facts(read_results(folder))


def test_a_report_of_a_pack_is_that_of_the_folder(study: Path, pack: Path) -> None:
    ours, packed = facts_of(study), facts_of(pack)
    for facts in (ours, packed):
        facts.pop("unfinished", None)  # a run that is not in the pack has not begun, for the pack's reader
    assert packed["arms"] == ours["arms"]


def test_the_same_study_gives_the_same_bytes(study: Path, pack: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    pack_study(copy, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == pack.read_bytes()


def test_weights_and_logs_are_left_out(study: Path, tmp_path: Path) -> None:
    run = next((study / "runs").iterdir())
    (run / "model").mkdir()
    (run / "model" / "model.safetensors").write_bytes(b"weights")
    (run / "train.log").write_text("a log", encoding="utf-8")
    summary = pack_study(study, tmp_path / "study.zip")
    with zipfile.ZipFile(tmp_path / "study.zip") as archive:
        names = archive.namelist()
        index = json.loads(archive.read(INDEX))
        assert {name: sha256(archive.read(name)).hexdigest() for name in names[1:]} == {
            name: facts["sha256"] for name, facts in index["members"].items()
        }
    assert names[0] == INDEX
    assert names[1:] == sorted(names[1:])
    assert not [name for name in names if "model" in name or name.endswith(".log")]
    assert (summary.runs, summary.left_out, summary.texts) == (6, 1, False)


def rewritten(pack: Path, change: Callable[[dict[str, bytes]], None], *, index: bool = True) -> Path:
    """A copy of a pack with other members; with ``index`` the index fits them."""
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != INDEX}
        facts = json.loads(archive.read(INDEX))
    change(members)
    if index:
        facts["members"] = {
            name: {"bytes": len(content), "sha256": sha256(content).hexdigest()} for name, content in members.items()
        }
    return written(pack.with_name("other.zip"), [(INDEX, json.dumps(facts).encode()), *members.items()])


def written(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


HOSTILE = (
    "../outside.json",
    "/outside.json",
    "runs/../../outside/metrics.json",
    "runs/a/../metrics.json",
    "runs/a/model/model.safetensors",
    "runs/./metrics.json",
    "runs/.lock/metrics.json",
    "runs\\a\\metrics.json",
    "C:/outside.json",
    "runs/a/predictions/../x.jsonl",
    "texts/a\x00b.jsonl",
    "plan.json/x",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_lead_elsewhere_are_refused(name: str, pack: Path) -> None:
    other = rewritten(pack, lambda members: members.update({name: b"{}"}))
    with pytest.raises(ConfigurationError, match="is a damaged pack"), opened_study(other):
        pass


DAMAGE: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "changed": lambda members: members.update({"plan.json": members["plan.json"].replace(b"plain", b"pla1n")}),
    "longer": lambda members: members.update({"plan.json": members["plan.json"] + b" "}),
    "a bomb": lambda members: members.update({"plan.json": b" " * 10**7}),
    "missing": lambda members: members.pop("plan.json"),
    "added": lambda members: members.update({"texts/a.jsonl": b""}),
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_members_that_the_index_does_not_say_are_refused(change: Callable[[dict[str, bytes]], Any], pack: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="is a damaged pack"),
        opened_study(rewritten(pack, change, index=False)),
    ):
        pass


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ConfigurationError, match="is a damaged pack"), opened_study(tmp_path / "x.zip"):
        pass


@pytest.mark.parametrize("index", [b"[]", b"{}", b"\xff", b'{"format": 1, "members": []}', b"[" * 10**5])
def test_a_damaged_index_is_refused(index: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", [(INDEX, index)])
    with pytest.raises(ConfigurationError, match="is a damaged pack"), opened_study(path):
        pass


def test_a_negative_size_is_refused(pack: Path) -> None:
    """It would let a member of any size be read."""
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(members.pop(INDEX))
    for one in facts["members"].values():
        one["bytes"] = -2
    path = written(pack.with_name("other.zip"), [(INDEX, json.dumps(facts).encode()), *members.items()])
    with pytest.raises(ConfigurationError, match="has a negative size"), opened_study(path):
        pass


def test_a_study_file_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "study.jsonnet").write_text("{}")
    with (
        pytest.raises(ConfigurationError, match="is not the result of a study"),
        opened_study(tmp_path / "study.jsonnet"),
    ):
        pass


def test_a_flipped_byte_anywhere_is_found_or_changes_nothing(pack: Path) -> None:
    whole, expected = pack.read_bytes(), facts_of(pack)
    for place in range(0, len(whole), len(whole) // 60):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        pack.write_bytes(flipped)
        try:
            found = facts_of(pack)
        except ConfigurationError:
            continue
        assert found == expected


def test_the_commands(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = str(tmp_path / "study.zip")
    assert main(["study", "pack", str(study), "-o", pack]) == 0
    assert "6 runs, without texts" in capsys.readouterr().out
    assert main(["report", pack]) == 0
    assert "plain" in capsys.readouterr().out
    assert main(["study", "merge", pack, "-s", str(tmp_path / "joined"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"finished": 6, "waiting": 1}
    assert main(["study", "pack", str(tmp_path / "nothing"), "-o", pack]) == 2
    assert main(["study", "pakc"]) == 2
    assert "there is no action 'pakc'. did you mean 'pack'?" in capsys.readouterr().err


@pytest.mark.usefixtures("warm_processes")
def test_texts_are_there_on_request(make_plan: Callable[..., StudyPlan], tmp_path: Path) -> None:
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1, 2])
    run_study(plan, tmp_path / "study", LocalExecutor(), StudyRequest("s"))
    for with_texts in (False, True):
        pack_study(tmp_path / "study", tmp_path / "study.zip", with_texts=with_texts)
        with zipfile.ZipFile(tmp_path / "study.zip") as archive:
            texts = [name for name in archive.namelist() if name.startswith("texts/")]
            assert bool(texts) == with_texts
            rows = [json.loads(line) for name in texts for line in archive.read(name).splitlines()]
        assert all({*row} <= {"idx", "text", "pair"} for row in rows)
    with opened_study(tmp_path / "study.zip") as folder:
        assert StudyReader(folder.path).texts_path("x").parent.is_dir()
        assert read_results(folder).arms[0].runs


def test_a_damaged_run_is_not_packed(tmp_path: Path) -> None:
    study = tmp_path / "study"
    FinishedStudy().make(study)
    predictions = study / "runs" / "plain-1" / "predictions" / "validation.jsonl"
    predictions.write_bytes(predictions.read_bytes()[:-2] + b" \n")
    with pytest.raises(ConfigurationError, match="validation.jsonl is damaged: it is not as it was written"):
        pack_study(study, tmp_path / "pack.zip")
    assert not (tmp_path / "pack.zip").exists()
