"""``spanreg check``: the problems of configs and studies, and their resolved form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main

GOOD = "{\n  data: { type: 'demo' },\n  encoder: { type: 'tiny', dim: 32 },\n}\n"
BAD = """{
  data: { type: 'demmo' },
  encoder: {
    type: 'tiny',
    dim: '32',
  },
  aggregator: { type: 'hierarchical_cnn', kernel_sise: 3 },
}
"""


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with a good and a bad config."""
    monkeypatch.chdir(tmp_path)
    Path("good.jsonnet").write_text(GOOD)
    Path("bad.jsonnet").write_text(BAD)


def test_a_good_file_has_no_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.jsonnet"]) == 0
    assert capsys.readouterr() == ("good.jsonnet: no problems\n", "")


def test_all_problems_of_all_files_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.jsonnet", "bad.jsonnet", "absent.jsonnet"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "good.jsonnet: no problems"
    assert lines[1].startswith(
        "bad.jsonnet:2 data.type: 'demmo' is not registered for DatasetReader. did you mean 'demo'? registered: "
    )
    assert lines[2] == 'bad.jsonnet:5 encoder.dim: is "32", a string. give an integer'
    assert lines[3].startswith(
        "bad.jsonnet:7 aggregator.kernel_sise: is not an argument of HierarchicalCnn. did you mean 'kernel_size'?"
    )
    assert lines[4] == "absent.jsonnet: there is no such file. give the path of a Jsonnet or JSON file"
    assert len(lines) == 5


def test_missing_arguments_of_lazily_built_components(capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("\n}\n", "\n  dictionary: { type: 'filtered' },\n  segmenter: 'gold',\n}\n")
    Path("lacking.jsonnet").write_text(text)
    assert main(["check", "lacking.jsonnet"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "lacking.jsonnet:4 dictionary.dictionary: is required and missing. add it: SpanDictionary",
        "lacking.jsonnet:5 segmenter.path: is required and missing. add it: a string",
    ]


def test_problems_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.jsonnet", "good.jsonnet", "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [set(problem) for problem in problems] == [{"file", "path", "problem", "hint", "line", "column"}] * 3
    assert problems[1] == {
        "file": "bad.jsonnet",
        "path": "encoder.dim",
        "problem": 'is "32", a string',
        "hint": "give an integer",
        "line": 5,
        "column": 0,
    }
    assert main(["check", "good.jsonnet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": []}


def test_an_error_of_jsonnet_has_its_place_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    Path("part.libsonnet").write_text("{\n  dim: error 'too small',\n}\n")
    Path("whole.jsonnet").write_text("{ encoder: import 'part.libsonnet' }\n")
    Path("odd.jsonnet").write_text("{\n  encoder: import 'nothing.libsonnet' }\n")
    Path("open.jsonnet").write_text("{\n  seed: }\n")
    assert main(["check", "whole.jsonnet", "odd.jsonnet", "open.jsonnet", "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [(problem["file"], problem["line"], problem["column"], problem["path"]) for problem in problems] == [
        ("part.libsonnet", 2, 8, ""),
        ("odd.jsonnet", 2, 12, ""),
        ("open.jsonnet", 2, 9, ""),
    ]


def test_a_problem_with_a_line_feed_in_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.jsonnet", "-o", "{ 'a\\nb': 1, 'encoder.dim': 'x\\ny: is 3' }"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "a␊b: is not " in lines[0] + lines[1]


def test_external_variables_are_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    Path("var.jsonnet").write_text(
        GOOD.replace("32", "std.parseInt(std.extVar('DIM'))").replace("'demo'", "std.extVar('D')")
    )
    variables = ["--ext-var", "DIM=16", "--ext-code", "D='de' + 'mo'"]
    assert main(["check", "var.jsonnet", *variables]) == 0
    assert main(["check", "var.jsonnet", *variables[:2]]) == 2
    assert "the external variable 'D' is not defined" in capsys.readouterr().out


def test_overrides_and_settings_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.jsonnet", "-o", "{'encoder.dim': 'x', seed: -1}", "--set", "head=classification"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        'good.jsonnet:3 encoder.dim: is "x", a string. give an integer',
        "good.jsonnet seed: is -1. give a value between 0 and 4294967295",
    ]
    assert main(["check", "good.jsonnet", "--set", "~encoder"]) == 2
    assert "encoder: is required and missing" in capsys.readouterr().out


def test_a_mistake_in_an_option_is_a_problem_of_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.jsonnet", "--ext-var", "DIM"]) == 2
    assert capsys.readouterr().out == "--ext-var: 'DIM' has no '='. write NAME=VALUE\n"
    assert main(["check", "good.jsonnet", "--set", "seed"]) == 2
    assert "--set: 'seed' sets nothing" in capsys.readouterr().out
    assert main(["check", "good.jsonnet", "-o", "{ seed: }"]) == 2
    assert capsys.readouterr().out.startswith("--overrides:1:9: not valid Jsonnet")
    assert main(["check"]) == 2
    assert main(["check", "good.jsonnet", "--include-package", "no_such_pack"]) == 2
    assert "there is no module 'no_such_pack'" in capsys.readouterr().out


def test_a_component_of_the_user_is_checked_once_it_is_included(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine_to_check.py").write_text(
        "from spanreg.registry import load, stand_in\n"
        "Segmenter = load(stand_in('spanreg.segmenters.base', 'Segmenter'))\n"
        "@Segmenter.register('mine_checked')\n"
        "class Mine(Segmenter):\n"
        "    def __init__(self, width: int) -> None: ...\n"
    )
    command = ["check", "good.jsonnet", "--set", "segmenter.type=mine_checked", "--set", "segmenter.width=x"]
    assert main(command) == 2
    hint = "'mine_checked' is registered in mine_to_check.py: add --include-package mine_to_check"
    assert hint in capsys.readouterr().out
    assert main([*command, "--include-package", "mine_to_check"]) == 2
    assert 'segmenter.width: is "x", a string. give an integer' in capsys.readouterr().out


def test_studies_and_configs_are_checked_together(capsys: pytest.CaptureFixture[str]) -> None:
    arms = "  arms: {\n    a: { encoder: { dims: 8 } },\n    b: { aggregator: 'nine' },\n  },\n"
    Path("study.jsonnet").write_text("{\n  base: import 'good.jsonnet',\n" + arms + "}\n")
    Path("fine.jsonnet").write_text("{ base: import 'good.jsonnet', arms: { a: { encoder: { dim: 8 } } } }\n")
    assert main(["check", "fine.jsonnet", "study.jsonnet", "good.jsonnet"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("fine.jsonnet: no problems", "good.jsonnet: no problems")
    assert lines[1].startswith(
        "study.jsonnet:4 arms.a.encoder.dims: is not an argument of TinyEncoder. did you mean 'dim'?"
    )
    assert lines[2].startswith("study.jsonnet:5 arms.b.aggregator: 'nine' is not registered for Aggregator.")
    assert main(["check", "study.jsonnet", "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [(problem["file"], problem["line"], problem["path"]) for problem in problems] == [
        ("study.jsonnet", 4, "arms.a.encoder.dims"),
        ("study.jsonnet", 5, "arms.b.aggregator"),
    ]


def test_settings_change_the_base_of_a_study(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fine.jsonnet").write_text("{ base: import 'good.jsonnet', arms: { a: { encoder: { dim: 8 } } } }\n")
    assert main(["check", "fine.jsonnet", "--set", "base.encoder.dim=x"]) == 2
    assert "base.encoder.dim" in capsys.readouterr().out


def test_null_for_a_component_of_the_user_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    source = """
from spanreg.fusions.base import Fusion

@Fusion.register("lenient")
class Lenient(Fusion):
    def __init__(self, size: int = 3) -> None: ...
    def forward(self, *tensors): ...
    @property
    def dim(self): ...
"""
    Path("lenient_part.py").write_text(source)
    Path("null.jsonnet").write_text(GOOD.replace("\n}\n", "\n  fusion: { type: 'lenient', size: null },\n}\n"))
    assert main(["check", "null.jsonnet", "--include-package", "lenient_part.py"]) == 0
    output = capsys.readouterr()
    assert output.out == "null.jsonnet: no problems\n"
    assert "null.jsonnet:4 fusion.size: is null, which its type does not allow; None is passed anyway." in output.err
    Path("null.jsonnet").write_text(GOOD.replace("dim: 32", "dim: null"))
    assert main(["check", "null.jsonnet"]) == 2


@pytest.mark.parametrize(
    ("kind", "labels", "hint"),
    [
        ("multi_label", ["a"], "give a list of at least 2"),
        ("classification", ["a"], "give a list of at least 2"),
        ("multi_label", ["a", "b", "a"], "give a list without repetitions"),
    ],
)
def test_labels_are_checked_as_for_training(
    kind: str, labels: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text('{"text": "x", "label": ["a"]}\n', encoding="utf-8")
    data = {"type": "jsonl", "files": {"train": str(file)}, "kind": kind, "labels": labels}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"data": data, "encoder": {"type": "tiny"}, "aggregator": "none"}), encoding="utf-8")
    assert main(["check", str(config)]) == 2
    assert f"data.labels: is {labels}. {hint}" in capsys.readouterr().out


def test_the_resolved_config_is_valid_and_resolves_to_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.jsonnet", "--resolved", "--set", "training.warmup=0.25"]) == 0
    text = capsys.readouterr().out
    assert "    warmup: 0.25,\n" in text
    assert "    weight_decay: 0.01,  // default\n" in text
    Path("resolved.jsonnet").write_text(text)
    assert main(["check", "resolved.jsonnet"]) == 0
    capsys.readouterr()
    assert main(["check", "resolved.jsonnet", "--resolved"]) == 0
    # The first line names the file.
    assert capsys.readouterr().out.splitlines()[1:] == text.splitlines()[1:]
    assert main(["check", "resolved.jsonnet", "--resolved", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["training"]["batch_size"] == 32


def test_the_resolved_study_has_the_same_runs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("study.jsonnet").write_text(
        "{ base: import 'good.jsonnet', seeds: [1, 2], arms: { b: { encoder: { dim: 16 } }, a: { fusion: 'concat' } } }"
    )
    assert main(["study", "plan", "study.jsonnet", "--json"]) == 0
    planned = capsys.readouterr().out
    assert main(["check", "study.jsonnet", "--resolved"]) == 0
    text = capsys.readouterr().out
    assert "retries: 1" in text
    Path("resolved.jsonnet").write_text(text)
    assert main(["study", "plan", "resolved.jsonnet", "--json"]) == 0
    assert capsys.readouterr().out == planned


def test_a_key_that_an_override_drops_is_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    base = "(import 'good.jsonnet') + { aggregator: { type: 'hierarchical_cnn', kernel_size: 3 } }"
    Path("study.jsonnet").write_text(f"{{ base: {base}, arms: {{ plain: {{ aggregator: 'none' }} }} }}")
    command = ["check", "study.jsonnet", "--set", "base.aggregator.type=max_pool"]
    for options in ([], ["--resolved"]):
        assert main([*command, *options]) == 0
        assert capsys.readouterr().err.count("base.aggregator.kernel_size") == 1


def test_several_configs_and_invalid_ones_are_not_resolved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--resolved", "good.jsonnet", "good.jsonnet"]) == 2
    assert capsys.readouterr() == ("", "--resolved: 2 configs are too many. give one at a time\n")
    assert main(["check", "--resolved", "bad.jsonnet"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 3
