"""Plans of studies: arms, baselines and runs, and all mistakes of a study file at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.registry import ConfigurationError
from spanreg.studies.define.plan import StudyPlan

MakePlan = Callable[..., StudyPlan]
ARMS = {
    "plain": {"aggregator": {"type": "none"}},
    "random": {"patch": {"segmenter": "random"}, "seeds": [7], "tags": ["control"], "about": "chance"},
}


def test_the_base_is_the_first_arm_and_the_default_baseline(make_plan: MakePlan, base: dict[str, Any]) -> None:
    plan = make_plan(arms=ARMS)
    assert [arm.name for arm in plan.arms] == ["base", "plain", "random"]
    assert plan.baseline == "base"
    assert plan.arms[0].config == base
    assert make_plan(arms=ARMS, base_name="cnn", baseline="plain").baseline == "plain"
    assert [arm.name for arm in make_plan(arms=ARMS, base_name=None).arms] == ["plain", "random"]


def test_the_summary_names_the_baseline_without_its_task(make_plan: MakePlan) -> None:
    assert make_plan(arms=ARMS).summary == "3 arms, 7 runs; compared with 'base'"
    on_tasks = make_plan(arms=ARMS, baseline="plain", tasks={"few": {"limit": 8}, "many": {"limit": 16}})
    assert on_tasks.summary == "6 arms, 14 runs; compared with 'plain' on the same task"


def test_an_arm_has_its_own_seeds_tags_and_changes(make_plan: MakePlan) -> None:
    arm = make_plan(arms=ARMS).arm("random")
    assert (arm.seeds, arm.tags, arm.about) == ((7,), ("control",), "chance")
    assert arm.changes == ('segmenter.direction: "forward" -> (not given)', 'segmenter.type: "max_match" -> "random"')
    assert [dropped.path for dropped in arm.dropped] == ["segmenter.direction"]


def test_runs_of_the_first_seeds_come_before_those_of_the_second(make_plan: MakePlan) -> None:
    runs = make_plan(arms=ARMS, seeds=[3, 4]).runs
    assert [(run.arm, run.seed) for run in runs] == [
        ("base", 3),
        ("plain", 3),
        ("random", 7),
        ("base", 4),
        ("plain", 4),
    ]
    assert all(run.config["seed"] == run.seed for run in runs)


def test_the_seed_of_the_base_is_ignored(make_plan: MakePlan, base: dict[str, Any]) -> None:
    plan = make_plan(base={**base, "seed": 99}, arms={"same": {"patch": {}}}, seeds=[1])
    assert plan.same == (("base", "same"),)
    assert [run.config["seed"] for run in plan.runs] == [1, 1]


def test_run_keys_differ_by_config_inputs_and_code(make_plan: MakePlan) -> None:
    run = make_plan(arms=ARMS).runs[0]
    keys = {
        run.key({}, "code"),
        run.key({"corpus.txt": "hash"}, "code"),
        run.key({}, "other code"),
        *(other.key({}, "code") for other in make_plan(arms=ARMS).runs[1:]),
    }
    assert len(keys) == 3 + len(make_plan(arms=ARMS).runs) - 1
    assert run.key({}, "code") == make_plan(arms=ARMS).runs[0].key({}, "code")


def test_the_default_baseline_of_a_grid_is_its_first_arm(make_plan: MakePlan) -> None:
    plan = make_plan(axes={"aggregator": ["none", "flat_cnn"], "training.epochs": [1, 2]}, mode="grid")
    assert plan.baseline == "aggregator=none,training.epochs=1"
    assert len(plan.arms) == 4
    assert make_plan(axes=["aggregator"], mode="add_one").baseline == "nothing"


def test_exclusions_and_constraints_remove_arms_of_a_grid(make_plan: MakePlan) -> None:
    axes = {"aggregator": ["none", "flat_cnn"], "segmenter": ["single", "whole", "random"]}
    plan = make_plan(
        axes=axes,
        mode="grid",
        exclude=[{"aggregator": "flat_cnn", "segmenter": ["whole", "random"]}],
        constraints=[{"when": {"aggregator": "none"}, "then": {"segmenter": "single"}}],
    )
    assert [arm.choice for arm in plan.arms] == [
        {"aggregator": "none", "segmenter": "single"},
        {"aggregator": "flat_cnn", "segmenter": "single"},
    ]


def test_arms_with_the_same_config_are_found(make_plan: MakePlan) -> None:
    axes = {"training.epochs": {"one": 1, "the same": 1.0, "two": 2}, "training.group_by_length": [True, False]}
    plan = make_plan(axes=axes, mode="grid", arms={"twin": {"training": {"group_by_length": True, "epochs": 2}}})
    names = [
        f"training.epochs={epochs},training.group_by_length={by}"
        for epochs in ("one", "the same", "two")
        for by in ("true", "false")
    ]
    assert plan.same == ((names[0], names[2]), (names[1], names[3]), ("twin", names[4]))


def test_a_warning_names_arms_whose_weights_are_chosen_on_the_reserved_examples(
    make_plan: MakePlan, caplog: pytest.LogCaptureFixture
) -> None:
    arms = {
        "best": {"training": {"load": "best"}},
        "early": {"training": {"patience": 1}},
        "plain": {"aggregator": "none"},
    }
    make_plan(arms=arms)
    assert not caplog.text
    make_plan(arms=arms, reserve=0.5)
    assert "so their scores are still too high: best, early\n" in caplog.text


def test_a_thousand_arms_need_confirmation(make_plan: MakePlan) -> None:
    # 11 alternatives on each of 3 axes are 1,331 arms.
    axes = {f"training.{key}": list(range(1, 12)) for key in ("epochs", "batch_size", "log_every")}
    with pytest.raises(ConfigurationError, match=r"the study has 1,331 arms, with 3 seeds each.*--yes"):
        make_plan(axes=axes, mode="grid")
    assert len(make_plan(axes=axes, mode="grid", many=True).arms) == 1331


def test_a_million_runs_need_confirmation(make_plan: MakePlan) -> None:
    # Three arms under one seed, in three million folds each.
    with pytest.raises(ConfigurationError, match=r"the study has 9,000,000 runs.*--yes"):
        make_plan(arms=ARMS, seeds=[1], folds=3_000_000)


MISTAKES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"arms": ARMS, "baseline": "plan"}, {"baseline": "there is no arm 'plan'. did you mean 'plain'?"}),
    (
        {"arms": ARMS, "aggregator": "none"},
        {"aggregator": "is not an argument of Study. did you mean 'base.aggregator'?"},
    ),
    ({"arms": ARMS, "head": {}}, {"head": "is not an argument of Study. did you mean 'base.head'?"}),
    ({"arms": ARMS, "seed": 3}, {"seed": "is not an argument of Study. did you mean 'seeds'?"}),
    ({"arms": {"a": {"agregator": "none"}}}, {"arms.a.agregator": "is not an argument of Experiment"}),
    ({"arms": {"a": {"training": {"epoch": 1}}}}, {"arms.a.training.epoch": "did you mean 'epochs'?"}),
    ({"arms": {"a": {"patch": {"training.epoch": 1}}}}, {"arms.a.patch.training.epoch": "did you mean 'epochs'?"}),
    ({"arms": {"a": {"aggregator": {"kernel_size": 4}}}}, {"arms.a.aggregator.kernel_size": "is 4"}),
    ({"arms": {"a": 3}}, {"arms.a": "expected an object, got 3"}),
    ({"arms": {"a": {"seed": 3}}}, {"arms.a.seed": "a patch cannot set a seed"}),
    ({"arms": {"a": {"patch": {}, "seeds": [1, 1]}}}, {"arms.a.seeds": "expected a list of different whole numbers"}),
    ({"arms": {"a": {"patch": {}, "seeds": [2**32]}}}, {"arms.a.seeds": "expected a list of different whole numbers"}),
    ({"arms": {"a": {"patch": {}, "sedes": [1]}}}, {"arms.a.sedes": "did you mean 'seeds'?"}),
    ({"arms": {"base": {}}}, {"arms.base": "two arms have the name 'base'"}),
    ({"seeds": [1, 1]}, {"seeds": "must be non-empty and unique"}),
    ({"split": "tset"}, {"split": "there is no scored split 'tset' in: base. scored splits: validation"}),
    (
        {"metric": "loss", "reserve": 0.5},
        {"metric": "there is no figure of a part of the examples 'loss' in: base. figures: accuracy, f1"},
    ),
    ({"metric": "f1", "arms": {"a": {"data": ["x"]}}}, {"arms.a.data": "is a list"}),
    (
        {"metric": "f1", "arms": {"a": {"data": None}}},
        {"arms.a.data": "is null. give the name or the config of a DatasetReader"},
    ),
    ({"metric": "acuracy"}, {"metric": "there is no figure 'acuracy' in: base. did you mean 'accuracy'?"}),
    (
        {"metric": "f1", "arms": {"a": {"data": {"type": "glue", "task": "cola"}}, "b": {"data": {"limit": 9}}}},
        {"metric": "there is no figure 'f1' in: a."},
    ),
    ({"seeds": []}, {"seeds": "must be non-empty and unique"}),
    ({"base_name": None}, {"": "the study has no arms"}),
    ({"axes": {"aggregator": ["nine"]}}, {"axes.aggregator.0.type": "'nine' is not registered"}),
    ({"axes": {"aggregator": {"x": {"type": "none", "k": 1}}}}, {"axes.aggregator.x.k": "is not an argument"}),
    ({"axes": {"training.epochs": [0]}}, {"axes.training.epochs.0": "is 0"}),
    ({"axes": {"aggregator": ["none"]}, "exclude": [{"agregator": "none"}]}, {"exclude.0.agregator": "unknown axis"}),
    (
        {"axes": {"aggregator": ["none"]}, "constraints": [{"when": {"aggregator": "non"}, "then": {}}]},
        {"constraints.0.when.aggregator": "did you mean 'none'?"},
    ),
    # A baseline that is missing because of another mistake is not reported.
    ({"arms": {"a": 3}, "baseline": "a"}, {"arms.a": "expected an object, got 3"}),
    (
        {"arms": {"a": {"patch": 3, "aggregator": "none"}}, "baseline": "a"},
        {"arms.a.patch": "expected an object, got 3"},
    ),
    (
        {"axes": {"aggregator": ["none"]}, "mode": "grid", "exclude": [{"agregator": "none"}]},
        {"exclude.0.agregator": "unknown axis"},
    ),
    (
        {"axes": {"agregator": []}, "baseline": "agregator=none"},
        {"axes.agregator": "expected a non-empty list or object of alternatives"},
    ),
    (
        {"arms": {"a": {"agregator": 1}, "b": {"training": {"epoch": 1}}, "c": 1}, "baseline": "d"},
        {
            "arms.a.agregator": "is not an argument",
            "arms.b.training.epoch": "is not an argument",
            "arms.c": "expected an object, got 1",
            "baseline": "there is no arm 'd'",
        },
    ),
]


@pytest.mark.parametrize(("keys", "expected"), MISTAKES)
def test_all_mistakes_are_reported_at_their_keys(
    make_plan: MakePlan, keys: dict[str, Any], expected: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make_plan(**keys)
    found = {problem.path: str(problem) for problem in raised.value.problems}
    assert found.keys() == expected.keys()
    assert all(text in found[path] for path, text in expected.items())


def test_a_mistake_in_the_base_is_reported_once(make_plan: MakePlan, base: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make_plan(base={**base, "trainig": {}}, arms=ARMS)
    assert [problem.path for problem in raised.value.problems] == ["base.trainig"]


@pytest.fixture
def file(tmp_path: Path, base: dict[str, Any]) -> Path:
    """Return a study file whose arms are not in alphabetical order."""
    path = tmp_path / "study.jsonnet"
    arms = ["zebra: { aggregator: 'none' },", "ant: { training: { epochs: 2 } },"]
    lines = ["{", f"base: {json.dumps(base)},", "arms: {", *arms, "},", "}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_arms_have_the_order_of_the_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "plan", str(file), "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [arm["name"] for arm in plan["arms"]] == ["base", "zebra", "ant"]
    assert plan["arms"][1]["dropped"] == ["aggregator.kernel_size"]
    assert len(plan["runs"]) == 9


def test_a_mistake_is_reported_with_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = file.read_text(encoding="utf-8").replace("epochs: 2", "epoch: 2")
    file.write_text(text, encoding="utf-8")
    assert main(["study", "plan", str(file)]) == 2
    assert f"{file}:5 arms.ant.training.epoch: is not an argument of TrainingOptions" in capsys.readouterr().err


def test_set_changes_keys_of_the_base_and_of_the_study(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setting = "base.aggregator.type=max_pool"
    assert main(["study", "plan", str(file), "--json", "--set", setting, "--set", "seeds=[4]"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["arms"][0]["config"]["aggregator"] == {"type": "max_pool"}
    assert plan["arms"][0]["seeds"] == [4]


def test_planning_imports_no_torch(file: Path) -> None:
    code = (
        "import sys\nfrom spanreg.cli.main import main\n"
        f"main(['study', 'plan', {str(file)!r}])\n"
        "print({'torch', 'transformers', 'datasets'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_a_grid_has_its_base_as_an_arm_only_if_it_is_named(make_plan: MakePlan) -> None:
    axes = {"aggregator": ["none", "flat_cnn"]}
    assert [arm.name for arm in make_plan(axes=axes, mode="grid").arms] == ["aggregator=none", "aggregator=flat_cnn"]
    assert make_plan(axes=axes, mode="grid", base_name="base", baseline="base").arms[0].name == "base"


def test_every_fold_is_a_separate_run(make_plan: MakePlan) -> None:
    arms = {"plain": {"aggregator": {"type": "none"}}}
    plan = make_plan(arms=arms, seeds=[1, 2], folds={"number": 3, "group": "expression"})
    assert [run.name for run in plan.runs][:4] == [
        "base, seed 1, fold 0",
        "plain, seed 1, fold 0",
        "base, seed 1, fold 1",
        "plain, seed 1, fold 1",
    ]
    # Two arms under two seeds, in three folds each.
    assert len(plan.runs) == 12
    assert plan.runs[2].config["data"] == {
        "type": "folds",
        "data": {"type": "demo", "limit": 32},
        "folds": 3,
        "fold": 1,
        "group": "expression",
        "sample_seed": 0,
    }
    assert len({run.key({}, "code") for run in plan.runs}) == 12


def test_folds_may_be_given_in_the_data_of_the_base(make_plan: MakePlan, base: dict[str, Any]) -> None:
    data = {**base["data"], "folds": 3, "group": "expression"}
    plan = make_plan(base={**base, "data": data})
    assert plan.runs[0].config == make_plan(folds={"number": 3, "group": "expression"}).runs[0].config
    for folds, keys, problem in (
        (1, {}, "is 1, an integer. give at least 2"),
        (3, {"folds": 5}, "folds are given twice"),
    ):
        with pytest.raises(ConfigurationError, match=f"base.data.folds: {problem}"):
            make_plan(base={**base, "data": {**data, "folds": folds}}, **keys)
    with pytest.raises(ConfigurationError) as caught:
        make_plan(base={**base, "data": {**data, "folds": 1, "group": 3}})
    assert [problem.path for problem in caught.value.problems] == ["base.data.folds", "base.data.group"]
