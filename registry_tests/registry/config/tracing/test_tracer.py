"""Tracer: finds the file and line that decides each value of a config, or no line."""

from __future__ import annotations

from pathlib import Path

import _jsonnet
import pytest

from registry_tests.registry.config.tracing.editing import decides, leaves
from spanreg.registry.config.evaluation import ExternalVariables
from spanreg.registry.config.files import read_config
from spanreg.registry.config.tracing import trace_config
from spanreg.registry.config.tracing.tracer import is_marked

CONFIGS = Path(__file__).parents[4] / "configs"
SAMPLE = ("glue/mrpc.jsonnet", "studies/tiny.jsonnet")

MAIN = """local n = 4;
local lib = import 'lib/part.libsonnet';
local helper(x, k=3) = { size: x, kernel: k };
{
  literal: helper(n),
  computed: helper(2 * n, k=5) { kernel+: 1 },
  merged: std.mergePatch(lib.part, { inner: { b: 7 } }),
  plus: lib.part { inner+: { b: 9 } },
  negative: -1,
  chosen: if n > 3 then 'big' else 'small',
  branches:
    if n == 4 then 'same'
    else 'same',
  joined: 'x' + n + (if n > 3 then '/y' else ''),
  formatted: '%d-%s' % [n, 'q'],
  nothing: null,
  flag: true,
  inverted: !true,
  reference: self.literal.size,
  doubled: [x * x for x in [3, 4]],
  objects: [{ v: x } for x in ['a', 'b']],
  local hidden = 'hid',
  from_local: hidden,
  [if true then 'computed_key']: 5,
  'quoted key': 'v',
  identity(x):: x,
  called: self.identity('arg'),
  locals: local a = 1, b = 2; b,
  indexed: ['p', 'q'][1],
  empty: {},
  text: |||
    two
    lines
  |||,
  assert self.negative < 0 : 'negative',
  external: std.extVar('TEXT'),
  converted: std.parseInt(std.extVar('NUMBER')),
  code: std.extVar('CODE'),
  note: importstr 'lib/note.txt',
}
"""
PART = "{\n  part: { inner: { b: 1, c: 'kept' } },\n}\n"
EXPECTED = {
    "literal.size": "main.jsonnet:1",
    "literal.kernel": "main.jsonnet:3",
    "computed.size": "computed in main.jsonnet:3",
    "computed.kernel": "computed in main.jsonnet:6",
    "merged.inner.b": "main.jsonnet:7",
    "merged.inner.c": "lib/part.libsonnet:2",
    "plus.inner.b": "main.jsonnet:8",
    "plus.inner.c": "lib/part.libsonnet:2",
    "negative": "main.jsonnet:9",
    "chosen": "main.jsonnet:10",
    "branches": "main.jsonnet:12",
    "joined": "computed in main.jsonnet:14",
    "formatted": "computed in main.jsonnet:15",
    "nothing": "main.jsonnet:16",
    "flag": "main.jsonnet:17",
    "inverted": "main.jsonnet:18",
    "reference": "main.jsonnet:1",
    "doubled.0": "computed in main.jsonnet:20",
    "objects.1.v": "main.jsonnet:21",
    "from_local": "main.jsonnet:22",
    "computed_key": "main.jsonnet:24",
    "quoted key": "main.jsonnet:25",
    "called": "main.jsonnet:27",
    "locals": "main.jsonnet:28",
    "indexed": "main.jsonnet:29",
    "empty": "main.jsonnet:30",
    "text": "main.jsonnet:31",
    "external": "--ext-var TEXT (main.jsonnet:36)",
    "converted": "--ext-var NUMBER (main.jsonnet:37)",
    "code.0": "--ext-code CODE (main.jsonnet:38)",
    "note": "text of lib/note.txt (main.jsonnet:39)",
}
EXTERNALS = ExternalVariables({"TEXT": "t", "NUMBER": "12"}, {"CODE": "[1, 2]"})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with the config ``main.jsonnet`` and the files that it imports."""
    monkeypatch.chdir(tmp_path)
    Path("lib").mkdir()
    Path("main.jsonnet").write_text(MAIN)
    Path("lib/part.libsonnet").write_text(PART)
    Path("lib/note.txt").write_text("a note")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_values_of_every_jsonnet_construct_are_traced() -> None:
    values = read_config("main.jsonnet", EXTERNALS).values
    origins = trace_config("main.jsonnet", EXTERNALS).matching(values)
    found = {".".join(map(str, path)): str(origins[path]) for path, _ in leaves(values)}
    assert {name: found[name] for name in EXPECTED} == EXPECTED


@pytest.mark.usefixtures("here")
def test_a_value_is_traced_to_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", "here")
    Path("env.jsonnet").write_text("{ a: std.extVar('PLACE') }")
    externals = ExternalVariables(environment=["PLACE"])
    assert str(trace_config("env.jsonnet", externals)["a",]) == "environment variable PLACE (env.jsonnet:1)"


@pytest.mark.usefixtures("here")
def test_a_probe_that_makes_the_evaluation_fail_does_not_affect_other_values() -> None:
    Path("fragile.jsonnet").write_text(
        "local size = 3;\n{\n  item: ['a', 'b', 'c', 'd'][size],\n  size: size,\n  other: 'y',\n}\n"
    )
    origins = trace_config("fragile.jsonnet")
    # The literal cannot be changed without an error, so only the key is known.
    assert str(origins["size",]) == "computed in fragile.jsonnet:4"
    assert str(origins["other",]) == "fragile.jsonnet:5"


@pytest.mark.usefixtures("here")
def test_a_config_with_more_values_than_probes_is_traced() -> None:
    # A trace has at most 256 probes.
    lines = [f"  key_{number}: {number}," for number in range(300)]
    # Digits can be separated from Jsonnet 0.22 on.
    thousand = "1_000" if _jsonnet.version >= "v0.22" else "1000"
    Path("long.jsonnet").write_text("\n".join(["{", *lines, f"  thousand: {thousand} + 0,", "}"]))
    origins = trace_config("long.jsonnet")
    assert [origins[f"key_{number}",].line for number in range(300)] == list(range(2, 302))
    assert str(origins["thousand",]) == "long.jsonnet:302"


@pytest.mark.parametrize("text", ["{ a: 1,", "{ a: error 'no' }", "{ a: import 'absent.jsonnet' }"])
def test_a_file_that_cannot_be_evaluated_has_no_lines(text: str, here: Path) -> None:
    (here / "wrong.jsonnet").write_text(text)
    assert trace_config("wrong.jsonnet").found == {}


def test_a_value_that_changed_since_the_trace_has_no_line(here: Path) -> None:
    (here / "one.jsonnet").write_text("{ a: 1 }")
    origins = trace_config("one.jsonnet")
    assert str(origins.matching({"a": 1})["a",]) == "one.jsonnet:1"
    assert str(origins.matching({"a": 2})["a",]) == "computed in one.jsonnet"


@pytest.mark.parametrize("name", SAMPLE)
def test_changing_the_traced_line_changes_the_value(name: str) -> None:
    # A sample: the campaign ``fuzz_tracing`` tries every value of every shipped config.
    file = str(CONFIGS / name)
    values = read_config(file).values
    origins = trace_config(file).matching(values)
    traced = [(path, value, origins[path]) for path, value in leaves(values) if origins[path].kind == "literal"]
    assert len(traced) >= 7
    for path, value, origin in traced[:: len(traced) // 3]:
        assert decides(file, path, value, origin), (path, origin)


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        (True, False, True),
        (True, True, False),
        (3, 3 * (1 + 8 / 1048576) + 8 / 8388608, True),
        (3, 4, False),
        (12, 1007121007, True),
        ("a", "\ue0007\ue000a\ue0007\ue000", True),
        ("xa", "x\ue0007\ue000a\ue0007\ue000", False),
        ("7", "100771007", True),
        (None, "\ue0007\ue000", True),
        ({}, {"\ue0007\ue000": True}, True),
        ([1], [1, "\ue0007\ue000"], True),
    ],
)
def test_a_probe_is_recognised_in_a_changed_value(old: object, new: object, fits: bool) -> None:
    assert is_marked(old, new, 7) is fits
