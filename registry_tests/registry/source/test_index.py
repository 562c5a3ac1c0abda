"""Index of a package, read from its source without importing it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import Registrable, index_package, plan_params, signature_of
from spanreg.registry.source import classes, index
from spanreg.registry.source.classes import UNKNOWN_DEFAULT, StandIn, current, line_of, load, stand_in

MODULE = '''
"""A package to be read, never imported."""

import dataclasses
import heavy_lifting as lifting
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, TypeVar

from heavy_lifting import Tensor, nn
from spanreg.registry import AtLeast, Registrable, Runtime

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")
LIMIT = 3
Size = Annotated[int, AtLeast(1)]

raise RuntimeError("this module was imported")


class Family(Registrable):
    """A family."""

    default_implementation: ClassVar[str | None] = "first"
    computed = LIMIT + 1


@Family.register("first")
class First(nn.Module, Family, Generic[T]):
    """First line.

    Second line.
    """

    neutral = "first"

    def __init__(
        self, size: Size, /, dim: Runtime[int], path: Path | None = None, *, many: "list[Decimal]" = (),
        limit: int = LIMIT, tensor: Tensor | None = None, dtype: lifting.dtype = None,
    ) -> None:
        raise RuntimeError

    @classmethod
    def from_limit(cls, limit: float = 2.0) -> "First": ...

    def work(self): ...


@Family.register("second", constructor="from_limit")
@Family.register(
    "third", exist_ok=True
)
class Second(First[int]):
    pass


@dataclass(frozen=True)
class Options:
    width: Size
    kind: ClassVar[int] = 3
    tags: list[str] = field(default_factory=list)
    hidden: int = dataclasses.field(default=3, init=False)
    depth: float = 1.0


@dataclass
class MoreOptions(Options):
    height: int = 2
'''


@pytest.fixture
def package(tmp_path: Path) -> Iterator[str]:
    """Yield the name of an indexed package whose modules raise an error if they are imported."""
    (tmp_path / "part.py").write_text(MODULE)
    (tmp_path / "__init__.py").write_text("raise RuntimeError")
    (tmp_path / "user.py").write_text(
        "from __future__ import annotations\nfrom read_only.part import Family, Options as Given\nfrom . import part\n"
        '@Family.register("fourth")\nclass Fourth(Family):\n'
        "    def __init__(self, options: Given, inner: Family | None = None) -> None: ...\n"
    )
    # The lock file of Emacs, a link to nothing.
    (tmp_path / ".#part.py").symlink_to("user@host.123")
    index_package("read_only", tmp_path)
    yield "read_only"
    del classes.INDEXED["read_only"]
    index.entries.cache_clear()


def test_components_are_listed_without_an_import(package: str) -> None:
    assert sorted(index.entries()["Family"]) == ["first", "fourth", "second", "third"]
    family: Any = stand_in("read_only.part", "Family")
    assert issubclass(family, Registrable)
    assert family.list_available() == ["first", "second", "third", "fourth"]
    assert not hasattr(family, "computed")
    described = {component.name: component for component in family.describe_available()}
    assert described["first"].summary == "First line."
    assert (described["second"].cls, described["second"].module) == ("Second.from_limit", "read_only.part")
    assert "class First" in MODULE.splitlines()[described["first"].line - 1]
    assert family.find("first")[0].neutral == "first"


def test_signatures_are_read_from_the_source(package: str) -> None:
    first: Any = stand_in("read_only.part", "First")
    arguments = {argument.name: argument for argument in signature_of(first).arguments}
    assert list(arguments) == ["size", "dim", "path", "many", "limit", "tensor", "dtype"]
    assert str(arguments["many"].annotation) == "list[decimal.Decimal]"
    assert arguments["limit"].default is UNKNOWN_DEFAULT
    assert repr(arguments["limit"].default) == "..."
    assert "Tensor" in str(arguments["tensor"].annotation)
    assert [argument.name for argument in signature_of(first.from_limit, first).arguments] == ["limit"]
    assert [argument.name for argument in signature_of(stand_in("read_only.part", "Options")).arguments] == [
        "width",
        "tags",
        "depth",
    ]
    assert {argument.name for argument in signature_of(stand_in("read_only.part", "MoreOptions")).arguments} == {
        "height",
        "width",
        "tags",
        "depth",
    }


def test_configs_are_planned_from_the_source(package: str) -> None:
    family = stand_in("read_only.part", "Family")
    good = {"type": "fourth", "options": {"width": 1, "tags": ["a"]}, "inner": {"type": "second", "limit": 3}}
    assert plan_params(family, good).problems == ()
    bad = {"type": "fourth", "options": {"width": 0, "hidden": 1}, "inner": {"size": 1, "dim": 2, "tensor": 5}}
    assert [str(problem) for problem in plan_params(family, bad).problems] == [
        "options.width: is 0. give at least 1",
        "options.hidden: is not an argument of Options. arguments: width, tags, depth",
        "inner.dim: is known only at run time. remove it",
    ]


def test_load_returns_the_class_of_a_stand_in() -> None:
    segmenter: Any = load(stand_in("spanreg.segmenters.base", "Segmenter"))
    assert not issubclass(segmenter, StandIn)
    # Once a class is imported, stand_in may return the class itself.
    assert (
        stand_in("spanreg.segmenters.base", "Segmenter") is segmenter
        or current(stand_in("spanreg.segmenters.base", "Segmenter")) is segmenter
    )
    assert load(int) is current(int) is int
    assert "single" in segmenter.list_available()
    assert segmenter.by_name("single").__module__ == "spanreg.segmenters.single"
    with pytest.raises(KeyError):
        stand_in("spanreg.segmenters.base", "Nothing")


def test_a_stand_in_cannot_be_called(package: str) -> None:
    with pytest.raises(TypeError, match="a stand-in cannot be called"):
        stand_in("read_only.part", "Options")(3)


def test_importing_a_replaced_built_in_component_does_not_restore_it() -> None:
    segmenter = load(stand_in("spanreg.segmenters.base", "Segmenter"))

    @segmenter.register("single", exist_ok=True)
    class OwnSegmenter(segmenter):  # type: ignore[misc, valid-type]
        pass

    importlib.import_module("spanreg.segmenters.single")
    assert segmenter.by_name("single") is OwnSegmenter


def test_indexed_lines_and_summaries_equal_those_of_the_parsed_source() -> None:
    entries = [entry for components in index.entries().values() for entry in components.values()]
    built_in = [entry for entry in entries if entry.module.startswith("spanreg.")]
    # Far below the number of built-in components, but too many for an index that misses a family.
    assert len(built_in) > 80
    for entry in built_in:
        cls = stand_in(entry.module, entry.cls)
        assert entry.line == line_of(cls)
        assert entry.summary == (cls.__doc__ or "").partition("\n")[0]
