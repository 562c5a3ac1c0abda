"""What a constructor is given: positional and keyword arguments, run-time values, keys that nobody expects."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, List

import pytest

from spanreg.registry import (
    ConfigurationError,
    FromParams,
    Inherited,
    Lazy,
    Params,
    Registrable,
    Runtime,
    plan_params,
)


class Embedder(Registrable):
    pass


@Embedder.register("embedding")
class Embedding(Embedder):
    def __init__(self, dim: int) -> None:
        self.dim = dim


class Counts(FromParams):
    def __init__(self, first: int, /, second: int = 2, *rest: int, third: int = 3) -> None:
        self.all = (first, second, *rest, third)


class OnlyFirst(FromParams):
    def __init__(self, first: int, second: int = 2, /) -> None:
        self.all = (first, second)


class Free(FromParams):
    def __init__(self, size: int, **options: int) -> None:
        self.size, self.options = size, options


class Head(FromParams):
    def __init__(self, dim: Runtime[int], embedder: Inherited[Embedder], scale: float = 1.0) -> None:
        self.dim, self.embedder, self.scale = dim, embedder, scale


def test_further_keys_where_no_superclass_explains_them() -> None:
    assert Free.from_params(Params({"size": 1, "a": 2, "b": 3})).options == {"a": 2, "b": 3}
    with pytest.raises(ConfigurationError, match='a: is "x", a string. give an integer'):
        Free.from_params(Params({"size": 1, "a": "x"}))


def test_positional_arguments() -> None:
    assert Counts.from_params(Params({"first": 1})).all == (1, 2, 3)
    assert Counts.from_params(Params({"first": 1, "rest": [8, 9], "third": 4})).all == (1, 2, 8, 9, 4)
    assert OnlyFirst.from_params(Params({"first": 1})).all == (1, 2)
    assert Lazy(OnlyFirst, Params({"first": 1})).construct(second=5).all == (1, 5)


def test_marks() -> None:
    config = {"embedder": {"type": "embedding", "dim": 3}}
    assert Head.from_params(Params(config), dim=4).dim == 4
    handed = Embedding(8)
    assert Head.from_params(Params({}), dim=4, embedder=handed).embedder is handed
    assert plan_params(Head, Params({})).problems == ()
    with pytest.raises(ConfigurationError) as caught:
        Head.from_params(Params({"dim": 3, "embeder": 1}), embedder=handed)
    assert str(caught.value).splitlines() == [
        "dim: is known only at run time. remove it",
        "embeder: is no argument of Head. did you mean 'embedder'? arguments: scale",
    ]
    with pytest.raises(ConfigurationError) as missing:
        Head.from_params(Params({}), embedder=handed)
    assert str(missing.value) == (
        "dim: Head needs 'dim' at run time and got none. hand it down with dim=..., or give it in the config"
    )


def test_an_error_in_a_constructor_gets_its_place() -> None:
    class Picky(FromParams):
        def __init__(self, size: int) -> None:
            raise ConfigurationError("is not to my liking", path="size", hint="give another")

    class Outer(FromParams):
        def __init__(self, inner: list) -> None:  # type: ignore[type-arg]
            self.inner = inner

    Outer.__init__.__annotations__["inner"] = List[Picky]
    with pytest.raises(ConfigurationError, match="^inner.0.size: is not to my liking. give another$"):
        Outer.from_params(Params({"inner": [{"size": 1}]}))


def test_a_class_without_its_abstract_methods_is_not_built() -> None:
    class Cutter(Registrable):
        @abstractmethod
        def cut(self) -> str: ...

        @abstractmethod
        def fingerprint(self) -> str: ...

    @Cutter.register("half")
    class Half(Cutter):
        def __init__(self, size: int = 1) -> None: ...

        def cut(self) -> str:
            return "done"

    @Cutter.register("whole")
    class Whole(Half):
        def fingerprint(self) -> str:
            return "f"

    assert isinstance(Cutter.from_params("whole"), Whole)
    with pytest.raises(ConfigurationError) as caught:
        Cutter.from_params({"type": "half", "size": "x"})
    assert str(caught.value) == (
        'Half lacks fingerprint. implement fingerprint\nsize: is "x", a string. give an integer'
    )


def test_nothing_is_built_before_all_is_checked() -> None:
    made = []

    class Noting(FromParams):
        def __init__(self, size: int) -> None:
            made.append(size)

    class Both(FromParams):
        def __init__(self, first: Any, second: Any) -> None: ...

    Both.__init__.__annotations__.update(first=Noting, second=Noting)
    with pytest.raises(ConfigurationError, match="second.size"):
        Both.from_params(Params({"first": {"size": 1}, "second": {"size": "x"}}))
    assert made == []
