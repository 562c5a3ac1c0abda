"""Evaluation in a limited child process: the files a config may read, and the time and memory it may use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.registry.config.evaluation import EvaluationLimits, ExternalVariables, evaluate_jsonnet, evaluator, process

SMALL = EvaluationLimits(seconds=1, memory=1 << 28, size=1 << 20)
SECRET = "correct horse battery staple"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory ``project`` with the folder ``own`` for a config; secret files are outside of it."""
    (tmp_path / "project" / "own").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "secret.libsonnet").write_text(f"{SECRET} + ")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def evaluate(text: str, name: str = "own/x.jsonnet", limits: EvaluationLimits = SMALL, **variables: object) -> str:
    """Return the JSON that a text evaluates to, without white space."""
    return "".join(evaluate_jsonnet(name, text, ExternalVariables(**variables), limits).json.split())  # type: ignore[arg-type]


def error_of(text: str, name: str = "own/x.jsonnet", limits: EvaluationLimits = SMALL, **variables: object) -> str:
    """Return the message of the error that evaluating a text raises."""
    with pytest.raises(ConfigurationError) as caught:
        evaluate(text, name, limits, **variables)
    return str(caught.value)


def test_files_in_the_folder_of_the_config_are_read(here: Path) -> None:
    (here / "own" / "below").mkdir()
    (here / "own" / "below" / "a.libsonnet").write_text("{ text: importstr '../note.txt', bytes: importbin 'b' }")
    (here / "own" / "below" / "b").write_text("é")
    (here / "own" / "note.txt").write_text("word")
    assert evaluate("import 'below/a.libsonnet'") == '{"bytes":[195,169],"text":"word"}'
    assert evaluate(f"importstr '{here}/own/note.txt'") == '"word"'


def test_jsonnet_files_in_the_working_directory_are_read(here: Path) -> None:
    # As configs/studies imports from configs/glue.
    (here / "other").mkdir()
    (here / "other" / "base.libsonnet").write_text("{ a: 1 }")
    (here / "other" / "keys.json").write_text("{}")
    assert evaluate("import '../other/base.libsonnet'") == '{"a":1}'
    assert evaluate("import 'base.libsonnet'", jpath=["other"]) == '{"a":1}'
    assert error_of("{ b: import '../other/keys.json' }") == (
        "own/x.jsonnet:1:6: cannot import '../other/keys.json': outside of the config's folder only .jsonnet and "
        ".libsonnet files are read. if you trust it, add its folder: --jpath other"
    )
    assert evaluate("import '../other/keys.json'", jpath=["other"]) == "{}"


def test_a_config_outside_of_the_working_directory_reads_only_its_own_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "base.libsonnet").write_text("{ a: 1 }")
    monkeypatch.chdir(here / "own")
    assert "outside of the folders" in error_of("import '../base.libsonnet'", "x.jsonnet")
    monkeypatch.chdir("/")
    assert "outside of the folders" in error_of("import '../base.libsonnet'", str(here / "own" / "x.jsonnet"))
    assert evaluate("import '../base.libsonnet'", str(here / "own" / "x.jsonnet"), jpath=[str(here)]) == '{"a":1}'


@pytest.mark.parametrize("mark", [".git", ".jsonnet-root"])
def test_a_marked_project_is_read_from_any_working_directory(
    here: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    (here / "base.libsonnet").write_text("{ a: 1 }")
    (here / mark).touch()
    monkeypatch.chdir("/")
    config = str(here / "own" / "x.jsonnet")
    assert evaluate("import '../base.libsonnet'", config) == '{"a":1}'
    assert "outside of the folders" in error_of("import '../../secret.libsonnet'", config)


def test_a_home_folder_is_not_a_project(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "base.libsonnet").write_text("{}")
    assert evaluate("import '../base.libsonnet'") == "{}"
    monkeypatch.setenv("HOME", str(here))
    assert "outside of the folders" in error_of("import '../base.libsonnet'")
    monkeypatch.setenv("HOME", str(here / "own"))
    assert "outside of the folders" in error_of("import '../base.libsonnet'")


@pytest.mark.parametrize("construct", ["import", "importstr", "importbin"])
@pytest.mark.parametrize(
    "path",
    [
        "/etc/hostname",
        "/dev/zero",
        "../../secret.txt",
        "../../secret.libsonnet",
        "link.libsonnet",
        "links/secret.txt",
    ],
)
def test_files_outside_are_neither_read_nor_quoted(here: Path, construct: str, path: str) -> None:
    (here / "own" / "link.libsonnet").symlink_to(here.parent / "secret.libsonnet")
    (here / "own" / "links").symlink_to(here.parent)
    error = error_of(f"{{ a: {construct} '{path}' }}")
    assert error.startswith(f"own/x.jsonnet:1:6: cannot import '{path}': it is outside of the folders that the config")
    assert SECRET.split()[0] not in error


def test_the_message_does_not_reveal_whether_a_file_outside_exists(here: Path) -> None:
    existing, absent = (error_of(f"import '../../{name}'") for name in ("secret.txt", "absent.txt"))
    assert existing.replace("secret", "absent") == absent


@pytest.mark.parametrize("path", [".env", ".git/config", "sub/.netrc"])
def test_hidden_files_are_not_read(here: Path, path: str) -> None:
    file = here / "own" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(SECRET)
    for jpath in ([], ["own"]):
        assert "hidden files and files in hidden folders are not read" in error_of(f"importstr '{path}'", jpath=jpath)


def test_only_regular_text_files_are_read(here: Path) -> None:
    own = here / "own"
    os.mkfifo(own / "pipe.libsonnet")
    (own / "image.png").write_bytes(b"\x89PNG\xff")
    (own / "nul.txt").write_bytes(b"a\0b")
    (own / "large.txt").write_bytes(b"x" * (SMALL.size + 1))
    # Opening a pipe would wait until another process writes to it.
    began = time.monotonic()
    assert "it is not a regular file" in error_of("import 'pipe.libsonnet'")
    assert time.monotonic() - began < 10
    assert "it is not UTF-8 text" in error_of("importbin 'image.png'")
    assert "it is not UTF-8 text" in error_of("importstr 'nul.txt'")
    assert "the imported files are too large" in error_of("importstr 'large.txt'")
    assert "there is no such file" in error_of("importstr 'absent.txt'")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("local f(n) = f(n + 1) tailstrict; { a: f(1) }", "evaluation_seconds"),
        ("local f(n) = if n < 2 then 1 else f(n - 1) + f(n - 2); { a: f(60) }", "evaluation_seconds"),
        ("{ a: std.makeArray(1000000000, function(i) i) }", "evaluation_memory"),
        ("local d(s, n) = if n == 0 then s else d(s + s, n - 1); { a: d('x', 40) }", "evaluation_memory"),
        ("local d(s, n) = if n == 0 then s else d(s + s, n - 1); { a: d('x', 21) }", "evaluation_size"),
    ],
)
def test_an_evaluation_that_costs_too_much_is_stopped(here: Path, text: str, limit: str) -> None:
    # On a busy machine, a second of processor time may end before a text has filled the memory.
    limits = SMALL if limit == "evaluation_seconds" else replace(SMALL, seconds=30)
    error = error_of(text, limits=limits)
    assert f"--limit {limit}=N" in error
    assert len(error.splitlines()) == 1


def test_deep_recursion_and_crashes_of_the_library_are_reported(here: Path) -> None:
    assert "evaluation recurses too deeply" in error_of("local f(n) = f(n - 1) + f(n - 1); { a: f(400) }")
    nested = "[" * 100_000 + "]" * 100_000
    assert "the Jsonnet library failed (SIGSEGV)" in error_of(f"{{ a: std.parseJson('{nested}') }}")


def test_memory_is_watched_where_the_system_does_not_limit_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # On other systems than Linux, memory is watched instead of limited.
    monkeypatch.setattr(evaluator.sys, "platform", "darwin")
    assert evaluate("{ a: 1 }") == '{"a":1}'
    assert "evaluation_memory" in error_of(
        "{ a: std.makeArray(1000000000, function(i) i) }", limits=replace(SMALL, seconds=9)
    )


def test_external_variables_are_read_and_recorded(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUE_TASK", "mrpc")
    monkeypatch.setenv("SPANREG_GLUE_DIR", "glue")
    monkeypatch.setenv("SECRET_TOKEN", SECRET)
    externals = ExternalVariables({"A": 'it\'s "7"', "UNUSED": "x"}, {"B": "{ c: 3 + 4 }"}, ["GLUE_*"])
    names = (
        "[std.extVar('A'), std.extVar('B'), std.extVar('B').c, std.extVar('GLUE_TASK'), std.extVar('SPANREG_GLUE_DIR')]"
    )
    evaluated = evaluate_jsonnet("x", names, externals, SMALL)
    assert json.loads(evaluated.json) == ['it\'s "7"', {"c": 7}, 7, "mrpc", "glue"]
    assert evaluated.used == ("A", "B", "GLUE_TASK", "SPANREG_GLUE_DIR")


def test_an_environment_variable_is_read_only_if_it_is_allowed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", SECRET)
    assert error_of("{ a: std.extVar('SECRET_TOKEN') }").endswith(
        "the external variable 'SECRET_TOKEN' is not defined. let the config read it from the environment with "
        "--ext-env SECRET_TOKEN"
    )
    assert evaluate("std.extVar('SECRET_TOKEN')", environment=["*"]) == f'"{SECRET}"'.replace(" ", "")


def test_the_child_has_no_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments: list[dict[str, str]] = []
    popen = subprocess.Popen

    def recording_popen(*args: object, env: dict[str, str], **kwargs: object) -> object:
        environments.append(env)
        return popen(*args, env=env, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setenv("SECRET_TOKEN", SECRET)
    monkeypatch.setattr(process.subprocess, "Popen", recording_popen)
    assert evaluate("1") == "1"
    [environment] = environments
    # Variables without which a program may not start.
    assert set(environment) <= {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"}


def test_a_waiting_child_evaluates_and_the_others_are_stopped(here: Path) -> None:
    with process.children_ready(2):
        # Private: which child evaluates is of no use to callers.
        first, second = process._idle
        assert evaluate("{ a: 1 }") == '{"a":1}'
        assert (second.returncode, first.poll()) == (0, None)
    assert first.returncode is not None
    assert first.returncode != 0
    assert evaluate("1") == "1"


def test_imports_from_folders_whose_names_are_not_utf8(here: Path) -> None:
    # The Jsonnet library crashes on such a name, so a callback resolves imports.
    odd = os.fsdecode(b"l\xffb")
    (here / odd).mkdir()
    (here / odd / "a.libsonnet").write_text("import 'b.libsonnet'")
    (here / odd / "b.libsonnet").write_text("{ b: error 'my words' }")
    assert (
        error_of("import 'a.libsonnet'", jpath=[odd])
        == "l\\xffb/b.libsonnet:1:6: evaluation fails: my words. fix the Jsonnet"
    )
    assert error_of("import 'b.libsonnet'", f"{odd}/x.jsonnet").startswith("l\\xffb/b.libsonnet:1:6: ")
    assert error_of("{}", jpath=["absent"]) == "--jpath: there is no folder 'absent'. name a folder for imports"


def test_a_file_beside_the_config_does_not_replace_the_library(here: Path) -> None:
    (here / "_jsonnet.py").write_text("raise SystemExit('run')")
    (here / "marshal.py").write_text("raise SystemExit('run')")
    assert evaluate("{ a: 1 }") == '{"a":1}'


def test_traces_are_shown_without_control_characters(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert evaluate("std.trace('my \\u001b[2J words', 1)") == "1"
    assert caplog.messages == ["TRACE: own/x.jsonnet:1 my [2J words"]
    flood = "local f(n) = std.trace('flood', f(n + 1)) tailstrict; f(1)"
    assert error_of(flood).count("\n") == 0


def test_errors_have_no_control_characters(here: Path) -> None:
    assert error_of("error 'a\\u001b[2Jb'") == "own/x.jsonnet:1:1: evaluation fails: a[2Jb. fix the Jsonnet"


def test_evaluation_works_in_a_removed_working_directory(here: Path) -> None:
    lines = [
        "import os; from spanreg.registry import parse_overrides",
        "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')",
        "assert parse_overrides('{ a: 1 }') == {'a': 1}",
    ]
    script = "\n".join(lines)
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_single_pattern_or_folder_may_be_a_string(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUE_TASK", "mrpc")
    monkeypatch.setenv("SECRET_TOKEN", SECRET)
    (here / "own" / "x.libsonnet").write_text("{ a: std.extVar('GLUE_TASK') }")
    (here / "x.jsonnet").write_text("import 'x.libsonnet'")
    assert Params.from_file("x.jsonnet", ext_env="GLUE_*", jpath="own")["a"] == "mrpc"
    (here / "x.jsonnet").write_text("{ a: std.extVar('SECRET_TOKEN') }")
    with pytest.raises(ConfigurationError, match="is not defined"):
        Params.from_file("x.jsonnet", ext_env="GLUE_*")


def test_params_record_the_variables_that_they_used(here: Path) -> None:
    (here / "x.jsonnet").write_text("{ a: std.extVar('A') }")
    params = Params.from_file("x.jsonnet", "{ b: std.extVar('B') }", {"A": "1", "B": "2", "C": "3"})
    assert params.origin.externals == ("A", "B")
