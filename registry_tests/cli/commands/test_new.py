"""``spanreg new``: its configs, studies, components and plugins pass ``spanreg check``, train, and pass their tests."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_tests.warm_python import WarmPython
from spanreg.cli.main import main
from spanreg.cli.options import questions
from spanreg.scaffolding import new_files
from spanreg.scaffolding.components import PARTS

ROOT = Path(__file__).parents[3]
ROWS = "sentence,answer\n" + "".join(
    f"row {number} of a file,{'yes' if number % 2 else 'no'}\n" for number in range(40)
)


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs ``spanreg new`` in an empty folder, and returns its output."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        found = main(["new", *arguments])
        output = capsys.readouterr()
        assert found == code, output
        assert (output.out == "") == (code != 0)
        return output.out + output.err

    return run


@pytest.mark.parametrize(
    "options", [(), ("--segmenter", "fixed", "--aggregator", "max_pool"), ("--aggregator", "none")]
)
def test_a_config_for_the_demo_has_no_problems(new: Callable[..., str], options: tuple[str, ...]) -> None:
    output = new("config", "idioms.jsonnet", "--encoder", "tiny", *options)
    assert output == "written: idioms.jsonnet\nnext: spanreg train idioms.jsonnet -s runs/idioms\n"
    assert main(["check", "idioms.jsonnet"]) == 0


def test_a_config_for_a_file_trains(new: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    new("config", "own.jsonnet", "--data", "rows.csv", "--text", "sentence", "--label", "answer", "--encoder", "tiny")
    settings = ["--set", "training.max_steps=1", "--set", "encoder.dim=16", "--set", "dictionary.max_n=2"]
    assert main(["train", "own.jsonnet", "-s", "run", *settings]) == 0
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "finished"


def test_studies_of_a_base_with_and_without_spans_have_no_problems(new: Callable[..., str], tmp_path: Path) -> None:
    new("config", "spans.jsonnet", "--encoder", "tiny")
    new("config", "plain.jsonnet", "--encoder", "tiny", "--aggregator", "none")
    new("study", "studies/spans.jsonnet", "--base", "spans.jsonnet", "--seeds", "2")
    new("study", "plain_study.jsonnet", "--base", "plain.jsonnet")
    assert main(["check", "studies/spans.jsonnet", "plain_study.jsonnet"]) == 0
    assert "import '../spans.jsonnet'" in (tmp_path / "studies" / "spans.jsonnet").read_text()


@pytest.mark.parametrize(
    ("parts", "arms"),
    [
        ("dictionary: 'empty',", ["plain", "flat", "random"]),
        ("segmenter: { type: 'max_match', dictionary: 'empty' },", ["plain", "flat", "random"]),
        ("segmenter: { type: 'fixed', words: 3 },", ["plain", "flat"]),
        ("dictionary: 'empty', segmenter: 'single',", ["plain", "flat"]),
        ("", ["plain", "flat"]),
    ],
)
def test_a_study_has_random_spans_if_there_is_a_dictionary_for_their_lengths(
    new: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str], parts: str, arms: list[str]
) -> None:
    config = f"{{ data: 'demo', encoder: 'tiny', {parts} aggregator: 'hierarchical_cnn' }}"
    (tmp_path / "base.jsonnet").write_text(config)
    new("study", "study.jsonnet", "--base", "base.jsonnet")
    assert main(["study", "plan", "study.jsonnet", "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)["arms"]
    assert [arm["name"] for arm in planned] == ["spans", *arms]


def test_a_study_of_a_base_with_external_variables_and_own_components(
    new: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lib dir").mkdir()
    (tmp_path / "lib dir" / "part.json").write_text('"by_quarters"')
    base = "{ data: 'demo', encoder: std.extVar('ENC'), segmenter: import 'part.json', aggregator: std.extVar('AGG') }"
    (tmp_path / "base.jsonnet").write_text(base)
    new("component", "by_quarters", "--family", "segmenter")
    command = ["study", "study.jsonnet", "--base", "base.jsonnet"]
    assert "give it with --ext-var AGG=VALUE" in new(*command, code=2)
    given = ["--ext-var", "ENC=tiny", "--ext-code", "AGG='max' + '_pool'", "--jpath", "lib dir"]
    assert "add --include-package by_quarters" in new(*command, *given, code=2)
    given += ["--include-package", "by_quarters"]
    output = new(*command, *given)
    line = output.partition("next: ")[2]
    assert shlex.split(line) == ["spanreg", "study", "plan", "study.jsonnet", *given]
    assert main(shlex.split(line)[1:]) == 0
    assert "max_pool" in capsys.readouterr().out


def test_a_study_is_evaluated_within_the_limits_of_the_command_line(new: Callable[..., str], tmp_path: Path) -> None:
    base = "{ data: 'demo', encoder: 'tiny', local long = std.repeat('x', 100 << 10), assert std.length(long) > 0 }"
    (tmp_path / "base.jsonnet").write_text(base + " " * 2000)
    command = ["study", "study.jsonnet", "--base", "base.jsonnet"]
    assert "is longer than 1 KB" in new(*command, "--limit", "evaluation_size=1K", code=2)
    new(*command)


def test_the_next_command_can_be_copied_into_a_shell(new: Callable[..., str], tmp_path: Path) -> None:
    lines = [
        new("config", "my config.jsonnet", "--encoder", "tiny"),
        new("study", "my study.jsonnet", "--base", "my config.jsonnet"),
        new("component", "by_clause", "--family", "segmenter", "--folder", "my component"),
        new("plugin", "by_verb", "--family", "segmenter", "--folder", "my plugin"),
    ]
    words = [shlex.split(line.partition("next: ")[2]) for line in lines]
    assert words[0] == ["spanreg", "train", "my config.jsonnet", "-s", "runs/my config"]
    assert words[1] == ["spanreg", "study", "plan", "my study.jsonnet"]
    assert words[2][:2] == ["cd", "my component"]
    assert words[3][:7] == ["pip", "install", "./my plugin", "&&", "cd", "my plugin", "&&"]


def test_components_of_all_families_pass_their_tests_and_train(
    new: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str], warm_python: WarmPython
) -> None:
    for family in PARTS:
        new("component", f"my_{family}", "--family", family)
        assert main(["check", f"my_{family}.jsonnet", "--include-package", f"my_{family}"]) == 0, capsys.readouterr()
    included = [word for family in PARTS for word in ("--include-package", f"my_{family}")]
    training = {"optimizer": "my_optimizer", "schedule": "my_schedule"}
    parts: dict[str, Any] = {part: f"my_{part}" for part in ("dictionary", "segmenter", "aggregator", "fusion", "head")}
    parts["training"] = {**training, "callbacks": ["my_callback"], "max_steps": 2, "batch_size": 8}
    assert main(["train", "my_metric.jsonnet", "-s", "run", "-o", json.dumps(parts), *included]) == 0
    assert "my_metric" in json.loads((tmp_path / "run" / "metrics.json").read_text())["splits"]["validation"]
    assert run_tests(warm_python, tmp_path) == f"{2 * len(PARTS)} passed"


def run_tests(python: WarmPython, folder: Path, *paths: Path) -> str:
    """Run the tests of a folder with further import paths, and return their numbers as pytest prints them."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*paths, ROOT]))}
    command = [python.program, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[-1].partition(" in ")[0].partition(", ")[0]


def test_a_plugin_is_installed_and_found(new: Callable[..., str], tmp_path: Path, warm_python: WarmPython) -> None:
    assert new("plugin", "by_clause", "--family", "segmenter").startswith("written: spanreg-by-clause\n")
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", *offline, "--target", str(target), "./spanreg-by-clause"]
    subprocess.run(install, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": f"{target}{os.pathsep}{ROOT}"}
    check = [warm_python.program, "-m", "spanreg", "check", "spanreg-by-clause/config.jsonnet"]
    done = subprocess.run(check, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "spanreg-by-clause/config.jsonnet: no problems\n", done.stderr
    assert run_tests(warm_python, tmp_path / "spanreg-by-clause" / "tests", target) == "2 passed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["config", "there.jsonnet"], "there.jsonnet: exists already. choose another name, or move it"),
        (
            ["config", "a.jsonnet", "--data", "x.doc"],
            "--data: the format of 'x.doc' is not known. give demo, or a file that ends in .csv",
        ),
        (
            ["config", "a.jsonnet", "--data", "x.csv", "--validation", "y.csv"],
            "--data: there is no file 'x.csv'. check the path\n--validation: there is no file 'y.csv'. check the path",
        ),
        (
            ["config", "a.jsonnet", "--data", "rows.csv", "--text", "sentnce", "--label", "answer"],
            "rows.csv: lacks the columns sentnce. did you mean 'sentence'?",
        ),
        (
            ["config", "a.jsonnet", "--aggregator", "max_pol", "--segmenter", "max_mach"],
            "--segmenter: there is no 'max_mach'. did you mean 'max_match'?",
        ),
        (
            ["config", "a.jsonnet", "--aggregator", "none", "--segmenter", "random"],
            "--segmenter: has no effect with --aggregator none. leave it out, or give an aggregator",
        ),
        (["config", "a.jsonnet", "--encoder", ""], "--encoder: is empty. give encoder"),
        (["config", "a.jsonnet", "--data", "rows.csv", "--text", ""], "--text: is empty. give column of the texts"),
        (["study", "a.jsonnet", "--base", ""], "--base: is empty. give a config to compare with its controls"),
        (
            ["config", "a.jsonnet", "--validation", "rows.csv", "--text", "sentence"],
            "--validation: has no effect on the demo. leave it out, or name the file of training data: --data FILE\n"
            "--text: has no effect on the demo. leave it out",
        ),
        (["study", "a.jsonnet", "--base", "study.jsonnet"], "--base: study.jsonnet is a study, not a config. give"),
        (["config", "a.jsonnet", "--aggregator", "max_pol"], "--aggregator: there is no 'max_pol'. did you mean"),
        (["study", "a.jsonnet"], "--base: is missing. give a config"),
        (["study", "a.jsonnet", "--base", "absent.jsonnet"], "absent.jsonnet: there is no such file"),
        (["study", "a.jsonnet", "--base", "there.jsonnet"], "base.data: is required and missing"),
        (["study", "a.jsonnet", "--base", "there.jsonnet", "--seeds", "0"], "--seeds: is 0. give 1 or more"),
        (["component", "by_clause"], "--family: is missing. give a family: data, scorer, dictionary, segmenter"),
        (["component", "by_clause", "--family", "segmentor"], "--family: there is no family 'segmentor'. did you mean"),
        (["component", "by_clause", "--family", "words"], "--family: there is no template for the family 'words'"),
        (["component", "By-Clause", "--family", "segmenter"], "NAME: 'By-Clause' cannot be the name of a module"),
        (["component", "class", "--family", "segmenter"], "NAME: 'class' cannot be the name of a module"),
        (["component", "max_match", "--family", "segmenter"], "NAME: 'max_match' is already a segmenter"),
        (["component", "json", "--family", "segmenter"], "NAME: 'json' is an installed module"),
        (["component", "there", "--family", "segmenter"], "there.jsonnet: exists already"),
        (["plugin", "there", "--family", "segmenter", "--folder", "."], ".: exists already"),
    ],
)
def test_mistakes_write_nothing(new: Callable[..., str], tmp_path: Path, arguments: list[str], message: str) -> None:
    files = {"there.jsonnet": "{}", "rows.csv": ROWS, "study.jsonnet": "{ base: {}, arms: {} }"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert message in new(*arguments, code=2)
    assert {path.name for path in tmp_path.iterdir()} == files.keys()


def test_missing_options_are_asked_for_on_a_terminal(
    new: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "is_interactive", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\ntiny\nmax_pol\nmax_pool\nfixed\n"))
    output = new("config", "answered.jsonnet")
    assert "training data: demo, or a file [demo]: encoder [" in output
    assert "there is no 'max_pol'. did you mean 'max_pool'?" in output
    text = (tmp_path / "answered.jsonnet").read_text()
    assert "aggregator: { type: 'max_pool' }" in text
    assert "segmenter: { type: 'fixed' }" in text


def test_a_failed_write_leaves_nothing(
    new: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []

    def make_folder(folder: Path) -> None:
        folders.append(folder)
        if len(folders) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(new_files, "make_folder", make_folder)
    assert "No space left" in new("component", "by_clause", "--family", "segmenter", code=2)
    assert list(tmp_path.iterdir()) == []
