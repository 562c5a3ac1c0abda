"""Signatures of constructors are read from annotations of every form."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, List, Optional, TypeVar

import pytest

from spanreg.registry import ConfigurationError, FromParams, Inherited, Mark, Params, Runtime, signature_of

if TYPE_CHECKING:
    from decimal import Decimal

    from nowhere_installed import Thing  # type: ignore[import-not-found]

T = TypeVar("T")
S = TypeVar("S")


class Base:
    def __init__(self, size: int, depth: float = 1.0) -> None: ...


class Middle(Base):
    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class Leaf(Middle):
    def __init__(self, *args: Any, depth: int = 2, **kwargs: Any) -> None:
        super().__init__(*args, depth=depth, **kwargs)

    @classmethod
    def from_name(cls, name: str, **kwargs: Any) -> Leaf:
        return cls(name=name, **kwargs)


class Inheriting(Leaf):
    """Inherits its ``__init__``."""


class Top:
    """Passes all keywords to ``object``, which accepts none."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class Keeper:
    """Keeps further keys itself."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__()
        self.options = kwargs


class Strings:
    def __init__(self, a: "int", b: "Optional[List['Base']]", c: "Decimal", d: "Thing | None" = None) -> None: ...


class Unknown(FromParams):
    def __init__(self, a: int, b: Missing) -> None: ...  # type: ignore[name-defined] # noqa: F821


class Marked:
    def __init__(
        self,
        a: Runtime[int],
        b: Inherited[Optional[Base]],
        c: Runtime[int] | None = None,
        d: int = None,
    ) -> None: ...


class Two(Generic[T, S]):
    def __init__(self, first: T, second: list[S]) -> None: ...


class Half(Two[int, S]):
    pass


class Whole(Half[str]):
    pass


class New:
    def __new__(cls, size: int) -> New:
        return super().__new__(cls)


def names(target: Any, owner: Any = None) -> dict[str, Any]:
    return {argument.name: argument.annotation for argument in signature_of(target, owner).arguments}


def test_kwargs_along_the_mro() -> None:
    assert names(Middle) == {"name": str, "size": int, "depth": float}
    assert names(Leaf) == names(Inheriting) == {"depth": int, "name": str, "size": int}
    assert names(Leaf.from_name, Leaf) == {"name": str, "depth": int, "size": int}
    assert signature_of(Leaf.from_name, Leaf).rest is None
    assert signature_of(Leaf).rest is None


def test_kwargs_that_nobody_takes() -> None:
    assert signature_of(Top).rest is None
    assert signature_of(Keeper).rest is Any


def test_new_and_functions_and_what_tells_nothing() -> None:
    assert names(New) == {"size": int}
    assert names(lambda a, b=1: None) == {"a": Any, "b": Any}
    assert signature_of(object).arguments == ()
    assert signature_of(object).readable
    assert not signature_of(memoryview).readable or names(memoryview)


def test_strings_are_resolved() -> None:
    from decimal import Decimal

    found = names(Strings)
    assert (found["a"], found["b"], found["c"]) == (int, Optional[List[Base]], Decimal)
    assert "Thing" in str(found["d"])


def test_a_string_that_names_nothing() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Unknown.from_params(Params({"a": 1, "b": 2}))
    assert str(caught.value).startswith("the annotation 'Missing' of Unknown.__init__ has an undefined name")


def test_marks_and_implied_none() -> None:
    arguments = {argument.name: argument for argument in signature_of(Marked).arguments}
    assert [argument.mark for argument in arguments.values()] == [
        Mark.RUNTIME,
        Mark.INHERITED,
        Mark.RUNTIME,
        Mark.CONFIG,
    ]
    assert arguments["d"].annotation == Optional[int]
    assert not arguments["d"].required
    assert arguments["a"].required
    assert signature_of(Marked).names == ["b", "d"]
    assert signature_of(Marked).marked
    assert not signature_of(Base).marked


def test_bindings() -> None:
    from spanreg.registry.planning.signatures import bindings_of

    assert signature_of(Two, None, bindings_of(Two[int, str])).arguments[1].annotation == list[str]
    assert signature_of(Whole, None, bindings_of(Whole)).arguments[0].annotation is int
    assert signature_of(Whole, None, bindings_of(Whole)).arguments[1].annotation == list[str]


def test_kinds() -> None:
    def function(a: int, /, b: int, *rest: str, c: int = 3) -> None: ...

    kinds = {argument.name: argument.kind for argument in signature_of(function).arguments}
    assert kinds["a"] is inspect.Parameter.POSITIONAL_ONLY
    assert kinds["rest"] is inspect.Parameter.VAR_POSITIONAL
    assert [argument.name for argument in signature_of(function).arguments if argument.required] == ["a", "b"]


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text("from __future__ import annotations\n" + textwrap.dedent(text))


def test_a_dataclass_inherits_annotations_of_another_module(modules: Path) -> None:
    write(
        modules,
        "low_part",
        "from dataclasses import dataclass\nclass Inner: ...\n@dataclass\nclass Low:\n    inner: Inner\n",
    )
    write(
        modules,
        "high_part",
        """
        from dataclasses import dataclass
        import low_part
        @dataclass
        class High(low_part.Low):
            size: int = 3
        """,
    )
    import high_part  # type: ignore[import-not-found]
    import low_part  # type: ignore[import-not-found]

    assert names(high_part.High) == {"inner": low_part.Inner, "size": int}


def test_what_only_a_type_checker_imports_is_imported(modules: Path) -> None:
    write(modules, "light_part", "class Piece:\n    def __init__(self, size: int) -> None:\n        self.size = size\n")
    write(
        modules,
        "user_part",
        """
        from typing import TYPE_CHECKING
        from spanreg.registry import FromParams
        if TYPE_CHECKING:
            from light_part import Piece
        class User(FromParams):
            def __init__(self, piece: Piece | None, many: list[Piece] = ()) -> None:
                self.piece = piece
        """,
    )
    import user_part  # type: ignore[import-not-found]

    assert user_part.User.from_params(Params({"piece": {"size": 3}})).piece.size == 3
    with pytest.raises(ConfigurationError, match='piece.size: is "a", a string'):
        user_part.User.from_params(Params({"piece": {"size": "a"}}))


@dataclass
class Local:
    size: int


def test_names_of_an_enclosing_function() -> None:
    class Inner:
        def __init__(self, size: int) -> None:
            self.size = size

    class Outer(FromParams):
        def __init__(self, inner: Inner) -> None:
            self.inner = inner
            self.kind = Inner

    assert Outer.from_params(Params({"inner": {"size": 2}})).inner.size == 2
