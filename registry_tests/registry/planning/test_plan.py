"""Plans: all problems of a config at once, each with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest

from registry_tests.registry.messages import assert_message
from spanreg.registry import AtLeast, ConfigurationError, FromParams, Lazy, OnDisk, Params, Registrable, plan_params


class Part(Registrable):
    pass


@Part.register("cutter")
class Cutter(Part):
    def __init__(self, width: Annotated[int, AtLeast(1)], direction: Literal["left", "right"] = "left") -> None:
        self.width, self.direction = width, direction


@Part.register("rule")
class Rule(Part):
    def __init__(self, rules: dict[str, Part], weight: float = 1.0) -> None:
        self.rules, self.weight = rules, weight


class Machine(FromParams):
    def __init__(self, part: Lazy[Part], parts: list[Part], name: str, speed: Optional[float] = None) -> None:
        self.part, self.parts = part, parts


CONFIG = """// A machine with mistakes.
{
  part: { type: 'cuter', width: 3 },
  parts: [
    {
      type: 'cutter',
      width: 0,
      direction: 'lft',
    },
    { type: 'rule', weight: '1', rules: { a: { width: 1 }, b: 'cutter' } },
  ],
  sped: 3,
  speed: true,
}
"""

MESSAGES = [
    "machine.jsonnet:3 part.type: 'cuter' is not registered for Part. did you mean 'cutter'? registered: rule; *",
    "machine.jsonnet:7 parts.0.width: is 0. give at least 1",
    "machine.jsonnet:8 parts.0.direction: is \"lft\", a string. did you mean 'left'? choices: right",
    "machine.jsonnet:10 parts.1.rules.a: Part needs a 'type'. add one: cutter, rule",
    "machine.jsonnet:10 parts.1.rules.b.width: is required and missing. add it: an integer, at least 1",
    'machine.jsonnet:10 parts.1.weight: is "1", a string. give a number',
    "machine.jsonnet:12 sped: is not an argument of Machine. did you mean 'speed'? arguments: part, parts, name",
    "machine.jsonnet:13 speed: is true, a boolean. give a number",
    "machine.jsonnet name: is required and missing. add it: a string",
]


@pytest.fixture
def params(here: Path) -> Params:
    """Return params read from the config in the working directory."""
    (here / "machine.jsonnet").write_text(CONFIG)
    return Params.from_file("machine.jsonnet")


def test_all_problems_are_reported_in_order_of_their_lines(params: Params) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Machine.from_params(params)
    assert_message(caught.value, "\n".join(MESSAGES))


def test_a_plan_lists_problems_and_raises_them_on_construction(params: Params) -> None:
    plan = plan_params(Machine, params)
    assert [problem.line for problem in plan.problems] == [3, 7, 8, 10, 10, 10, 12, 13, 0]
    with pytest.raises(ConfigurationError):
        plan.construct()


def test_each_construction_of_a_plan_returns_new_objects() -> None:
    config = {"rules": {"a": {"type": "cutter", "width": 2}}}
    plan = plan_params(Rule, config)
    first, second = plan.construct(), plan.construct()
    assert first.rules["a"] is not second.rules["a"]
    assert first.rules is not second.rules
    assert first.rules["a"].width == second.rules["a"].width == 2


def test_names_of_run_time_arguments_are_not_required() -> None:
    assert plan_params(Cutter, {}).problems
    plan = plan_params(Cutter, {}, extras=("width",))
    assert plan.problems == ()
    assert plan.construct(width=4).width == 4


def test_an_error_in_a_constructor_has_file_and_line(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, width: int, direction: str = "left") -> None:
        raise ConfigurationError("the blade is blunt", path="width", hint="sharpen it")

    monkeypatch.setattr(Cutter, "__init__", refuse)
    Path("machine.jsonnet").write_text(
        "{\n name: 'n',\n part: { type: 'cutter' },\n parts: [\n  { type: 'cutter', width: 2 }\n ] }"
    )
    with pytest.raises(ConfigurationError) as caught:
        Machine.from_params(Params.from_file("machine.jsonnet"))
    assert str(caught.value) == "machine.jsonnet:4 parts.0.width: the blade is blunt. sharpen it"


class PathPart(FromParams):
    def __init__(self, file: Annotated[str, OnDisk()], by_path: dict[Path, int] | None = None) -> None: ...


def test_a_plan_lists_the_paths_in_a_config() -> None:
    plan = plan_params(PathPart, {"file": Path("a.txt"), "by_path": {"b.txt": 1}})
    assert [path.text for path in plan.names] == ["a.txt", "b.txt"]
