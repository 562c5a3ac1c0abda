"""Packs of studies: their content, their reproducible bytes, and the rejection of damaged or hostile ones."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from registry_tests.campaigns.damaged_folders import FinishedStudy
from spanreg.cli.main import main
from spanreg.executors.local import LocalExecutor
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.exchange.pack import INDEX, opened_study, pack_study
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.studies.report.facts import report_facts

MakeStudy = Callable[..., Path]
Members = dict[str, bytes]
"Content of a pack by name."
LABELS = [0, 1, 1, 0, 1, 0, 1, 1]
PREDICTIONS = {
    "plain": {1: [0, 1, 0, 0, 1, 1, 1, 1], 2: [0, 0, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 0, 1]},
    "spans": {1: [0, 1, 1, 0, 1, 1, 1, 1], 2: [0, 1, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 1, 1]},
}


@pytest.fixture
def study(make_study: MakeStudy) -> Path:
    """Return a study of six finished runs and a failed one."""
    return make_study(PREDICTIONS, LABELS, unfinished={("spans", 4): {"state": "failed", "problem": "stopped"}})


@pytest.fixture
def pack(study: Path, tmp_path: Path) -> Path:
    """Return the pack of the study."""
    pack_study(study, tmp_path / "study.zip")
    return tmp_path / "study.zip"


def facts_of(path: Path) -> dict[str, Any]:
    """Return the facts of the report of a folder or a pack."""
    with opened_study(path) as folder:
        return report_facts(read_results(folder))


def test_the_report_of_a_pack_equals_that_of_the_folder(study: Path, pack: Path) -> None:
    assert facts_of(pack)["arms"] == facts_of(study)["arms"]


def test_packs_of_equal_studies_have_equal_bytes(study: Path, pack: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    pack_study(copy, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == pack.read_bytes()


def test_a_pack_has_no_weights_and_no_logs(study: Path, tmp_path: Path) -> None:
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


def pack_with(pack: Path, change: Callable[[Members], Any], *, index: bool = True) -> Path:
    """Return a copy of a pack with changed members; with ``index``, its index describes the changed ones."""
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != INDEX}
        facts = json.loads(archive.read(INDEX))
    change(members)
    if index:
        facts["members"] = {
            name: {"bytes": len(content), "sha256": sha256(content).hexdigest()} for name, content in members.items()
        }
    return write_archive(pack.with_name("other.zip"), [(INDEX, json.dumps(facts).encode()), *members.items()])


def write_archive(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """Write a Zip file, and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


# Names that leave the folder of the study, or name files that no pack has.
HOSTILE_NAMES = (
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


def check_rejected(path: Path, problem: str = "is a damaged pack") -> None:
    """Check that a file cannot be opened as a study."""
    with pytest.raises(ConfigurationError, match=problem), opened_study(path):
        pass


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_members_outside_of_a_study_are_rejected(name: str, pack: Path) -> None:
    check_rejected(pack_with(pack, lambda members: members.update({name: b"{}"})))


DAMAGE: dict[str, Callable[[Members], Any]] = {
    "changed": lambda members: members.update({"plan.json": members["plan.json"].replace(b"plain", b"pla1n")}),
    "longer": lambda members: members.update({"plan.json": members["plan.json"] + b" "}),
    "a bomb": lambda members: members.update({"plan.json": b" " * 10**7}),
    "missing": lambda members: members.pop("plan.json"),
    "added": lambda members: members.update({"texts/a.jsonl": b""}),
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_members_that_differ_from_the_index_are_rejected(change: Callable[[Members], Any], pack: Path) -> None:
    check_rejected(pack_with(pack, change, index=False))


# The last one is a Zip file without members.
@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_files_that_are_not_packs_are_rejected(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    check_rejected(tmp_path / "x.zip")


@pytest.mark.parametrize("index", [b"[]", b"{}", b"\xff", b'{"format": 1, "members": []}', b"[" * 10**5])
def test_a_damaged_index_is_rejected(index: bytes, tmp_path: Path) -> None:
    check_rejected(write_archive(tmp_path / "x.zip", [(INDEX, index)]))


def test_a_negative_size_is_rejected(pack: Path) -> None:
    # A negative limit would let a member of any size be read.
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(members.pop(INDEX))
    for member in facts["members"].values():
        member["bytes"] = -2
    path = write_archive(pack.with_name("other.zip"), [(INDEX, json.dumps(facts).encode()), *members.items()])
    check_rejected(path, "has a negative size")


def test_a_study_file_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "study.jsonnet").write_text("{}")
    check_rejected(tmp_path / "study.jsonnet", "is not the result of a study")


def test_a_flipped_bit_is_reported_or_changes_nothing(pack: Path) -> None:
    whole, expected = pack.read_bytes(), facts_of(pack)
    # At 60 positions: opening a pack for each of its bytes would take too long.
    for position in range(0, len(whole), len(whole) // 60):
        flipped = bytearray(whole)
        flipped[position] ^= 0x10
        pack.write_bytes(flipped)
        try:
            found = facts_of(pack)
        except ConfigurationError:
            continue
        assert found == expected


def test_packing_reporting_and_merging_by_commands(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
def test_a_pack_has_texts_on_request(make_plan: Callable[..., StudyPlan], tmp_path: Path) -> None:
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


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\n", "\r"], ids=ascii)
def test_texts_may_contain_every_sign_that_separates_lines(study: Path, sign: str) -> None:
    rows = [{"idx": 0, "text": f"the red{sign}fox"}, {"idx": 1, "text": "a brown bear"}]
    folder = StudyReader(study)
    folder.texts_path("x").parent.mkdir()
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    folder.texts_path("x").write_bytes("".join(lines).encode())
    assert folder.texts("x") == rows


def test_a_damaged_run_is_not_packed(tmp_path: Path) -> None:
    study = tmp_path / "study"
    FinishedStudy().make(study)
    predictions = study / "runs" / "plain-1" / "predictions" / "validation.jsonl"
    predictions.write_bytes(predictions.read_bytes()[:-2] + b" \n")
    with pytest.raises(ConfigurationError, match="validation.jsonl is damaged: it is not as it was written"):
        pack_study(study, tmp_path / "pack.zip")
    assert not (tmp_path / "pack.zip").exists()
