"""Signatures of constructors, read from annotations of every form."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, List, Optional, TypeVar

import pytest

from spanreg.registry import ConfigurationError, FromParams, Inherited, Mark, Params, Runtime, signature_of
from spanreg.registry.planning.annotations import bindings_of

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
    """Class without an ``__init__`` of its own."""


class PassesToObject:
    """Class that passes all keywords to ``object``, which accepts none."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class KeepsOptions:
    """Class that keeps further keys."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__()
        self.options = kwargs


class TextAnnotations:
    def __init__(self, a: "int", b: "Optional[List['Base']]", c: "Decimal", d: "Thing | None" = None) -> None: ...


class UndefinedAnnotation(FromParams):
    def __init__(self, a: int, b: Missing) -> None: ...  # type: ignore[name-defined] # noqa: F821


class Marked:
    def __init__(
        self,
        a: Runtime[int],
        b: Inherited[Optional[Base]],
        c: Runtime[int] | None = None,
        d: int = None,
    ) -> None: ...


class GenericPair(Generic[T, S]):
    def __init__(self, first: T, second: list[S]) -> None: ...


class PairOfIntAndS(GenericPair[int, S]):
    pass


class PairOfIntAndStr(PairOfIntAndS[str]):
    pass


class ConstructedByNew:
    def __new__(cls, size: int) -> ConstructedByNew:
        return super().__new__(cls)


def annotations_of(target: Any, owner: Any = None) -> dict[str, Any]:
    """Return the annotations of a constructor by argument name."""
    return {argument.name: argument.annotation for argument in signature_of(target, owner).arguments}


def test_kwargs_are_followed_along_the_superclasses() -> None:
    assert annotations_of(Middle) == {"name": str, "size": int, "depth": float}
    assert annotations_of(Leaf) == annotations_of(Inheriting) == {"depth": int, "name": str, "size": int}
    assert annotations_of(Leaf.from_name, Leaf) == {"name": str, "depth": int, "size": int}
    assert signature_of(Leaf.from_name, Leaf).rest is None
    assert signature_of(Leaf).rest is None


def test_further_keys_are_accepted_only_if_a_class_keeps_them() -> None:
    assert signature_of(PassesToObject).rest is None
    assert signature_of(KeepsOptions).rest is Any


def test_signatures_of_new_functions_and_built_ins() -> None:
    assert annotations_of(ConstructedByNew) == {"size": int}
    assert annotations_of(lambda a, b=1: None) == {"a": Any, "b": Any}
    assert signature_of(object).arguments == ()
    assert signature_of(object).readable
    assert not signature_of(dict).readable
    # Versions of Python differ in whether memoryview has a signature.
    assert not signature_of(memoryview).readable or annotations_of(memoryview)


def test_text_annotations_are_resolved() -> None:
    from decimal import Decimal

    annotations = annotations_of(TextAnnotations)
    assert (annotations["a"], annotations["b"], annotations["c"]) == (int, Optional[List[Base]], Decimal)
    assert "Thing" in str(annotations["d"])


def test_an_undefined_name_in_an_annotation_is_reported() -> None:
    with pytest.raises(ConfigurationError) as caught:
        UndefinedAnnotation.from_params(Params({"a": 1, "b": 2}))
    assert str(caught.value).startswith(
        "the annotation 'Missing' of UndefinedAnnotation.__init__ has an undefined name"
    )


def test_marks_and_optional_types_implied_by_none() -> None:
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


def test_type_variables_are_replaced_by_type_arguments() -> None:
    assert signature_of(GenericPair, None, bindings_of(GenericPair[int, str])).arguments[1].annotation == list[str]
    assert signature_of(PairOfIntAndStr, None, bindings_of(PairOfIntAndStr)).arguments[0].annotation is int
    assert signature_of(PairOfIntAndStr, None, bindings_of(PairOfIntAndStr)).arguments[1].annotation == list[str]


def test_kinds_of_arguments() -> None:
    def function(a: int, /, b: int, *rest: str, c: int = 3) -> None: ...

    kinds = {argument.name: argument.kind for argument in signature_of(function).arguments}
    assert kinds["a"] is inspect.Parameter.POSITIONAL_ONLY
    assert kinds["rest"] is inspect.Parameter.VAR_POSITIONAL
    assert [argument.name for argument in signature_of(function).arguments if argument.required] == ["a", "b"]


@pytest.fixture
def module_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder on the module path; forget what is imported from it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write_module(folder: Path, name: str, text: str) -> None:
    """Write a module with postponed annotations."""
    (folder / f"{name}.py").write_text("from __future__ import annotations\n" + textwrap.dedent(text))


def test_a_dataclass_inherits_annotations_of_another_module(module_folder: Path) -> None:
    write_module(
        module_folder,
        "low_part",
        "from dataclasses import dataclass\nclass Inner: ...\n@dataclass\nclass Low:\n    inner: Inner\n",
    )
    write_module(
        module_folder,
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

    assert annotations_of(high_part.High) == {"inner": low_part.Inner, "size": int}


def test_types_imported_for_type_checkers_only_are_resolved(module_folder: Path) -> None:
    write_module(
        module_folder,
        "light_part",
        "class Piece:\n    def __init__(self, size: int) -> None:\n        self.size = size\n",
    )
    write_module(
        module_folder,
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


def test_annotations_may_name_classes_of_an_enclosing_function() -> None:
    class Inner:
        def __init__(self, size: int) -> None:
            self.size = size

    class Outer(FromParams):
        def __init__(self, inner: Inner) -> None:
            self.inner = inner
            # Only a name that the function uses is in its closure.
            self.kind = Inner

    assert Outer.from_params(Params({"inner": {"size": 2}})).inner.size == 2
