"""Arguments of constructors: positional, by name, at run time, and unknown keys."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
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


class Cell(FromParams):
    def __init__(self, size: int = 1) -> None:
        self.size = size


class Row(FromParams):
    def __init__(self, cell: Cell, other: Cell | None = None) -> None:
        self.cell, self.other = cell, other


class Table(FromParams):
    def __init__(self, row: Row) -> None:
        self.row = row


class Empty(FromParams):
    def __init__(self) -> None:
        self.size = 0


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
        "embeder: is not an argument of Head. did you mean 'embedder'? arguments: scale",
    ]
    with pytest.raises(ConfigurationError) as missing:
        Head.from_params(Params({}), embedder=handed)
    assert str(missing.value) == (
        "dim: Head needs 'dim' at run time, which was not passed. pass dim=..., or give it in the config"
    )


def test_a_key_of_an_inner_component_is_suggested_with_its_path() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Table.from_params({"row": {"cell": {"size": 3}, "size": 4}})
    assert str(caught.value) == (
        "row.size: is not an argument of Row. did you mean 'row.cell.size'? arguments: cell, other"
    )


def test_a_class_without_arguments() -> None:
    with pytest.raises(ConfigurationError, match="^size: is not an argument of Empty. Empty takes no arguments$"):
        Empty.from_params({"size": 3})


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
        'Half has no fingerprint. implement fingerprint\nsize: is "x", a string. give an integer'
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


class Layer(Registrable):
    pass


def scale(factor: float, power: Callable[[float], float] = None) -> Any:
    return factor, power


class Called:
    """An object that is called as a component."""

    def __call__(self, size: int) -> int:
        return size


Layer.register("scale")(scale)
Layer.register("doubled")(partial(scale, factor=2.0))
Layer.register("called")(Called())


def test_functions_as_components() -> None:
    assert Layer.from_params({"type": "scale", "factor": 3}) == (3.0, None)
    assert Layer.from_params({"type": "doubled", "power": abs}) == (2.0, abs)
    assert Layer.from_params({"type": "called", "size": 3}) == 3
    with pytest.raises(ConfigurationError, match='size: is "x", a string. give an integer'):
        Layer.from_params({"type": "called", "size": "x"})
    assert [listed.cls for listed in Layer.describe_available()] == ["scale", "scale", "Called"]


class Holder(FromParams):
    """Its annotations are text, and what they name is imported here alone, as the tests of torch's users do."""

    def __init__(self, module: "torch.nn.Module" = None, dtype: "torch.dtype" = None, device: "torch.device" = None):  # type: ignore[name-defined] # noqa: F821
        self.all = module, dtype, device


def test_torch_types() -> None:
    import torch

    relu = torch.nn.ReLU()
    assert Holder.from_params({"module": relu, "dtype": torch.int8}).all == (relu, torch.int8, None)
    assert Holder.from_params({"module": torch.relu, "dtype": "float16"}).all == (torch.relu, torch.float16, None)
    assert Holder.from_params({"dtype": "torch.bfloat16", "device": {"type": "cpu"}}).all[1:] == (
        torch.bfloat16,
        torch.device("cpu"),
    )
    linear = {"type": "torch.nn.Linear", "in_features": 2, "out_features": 3}
    assert Holder.from_params({"module": linear}, allow_imports="torch").all[0].out_features == 3
    assert type(Holder.from_params({"module": "torch.nn.ReLU"}, allow_imports="torch").all[0]) is torch.nn.ReLU


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"dtype": "float15"}, "dtype: is \"float15\", a string. did you mean 'float16'? choices: *"),
        ({"dtype": 16}, "dtype: is 16, an integer. choices: *"),
        ({"dtype": {"type": "float16"}}, "dtype: is an object. choices: *"),
        ({"device": {"kind": "cpu"}}, "device: device rejects its arguments: *. see its documentation"),
        ({"module": "torch.nn.ReLU"}, "module: 'torch.nn.ReLU' is in a package that is not included. *"),
        ({"module": {"type": "torch.nn.ReLU"}}, "module.type: 'torch.nn.ReLU' is in a package that is not included. *"),
        ({"module": {"type": "relu"}}, "module.type: is not an argument of Module. *"),
        ({"module": 3}, "module: is 3, an integer. give {}"),
    ],
)
def test_what_torch_types_do_not_take(config: dict[str, Any], said: str) -> None:
    import torch

    assert torch.nn
    with pytest.raises(ConfigurationError) as caught:
        Holder.from_params(config)
    assert fnmatchcase(str(caught.value), said.replace("[", "[[]")), str(caught.value)


def test_a_dotted_name_of_something_else_is_refused() -> None:
    import torch

    for name, family in (("subprocess.Popen", torch.nn.Module), ("os.system", torch.nn.Module)):
        Holder.__init__.__annotations__["module"] = family
        with pytest.raises(ConfigurationError, match="is not a subclass of Module"):
            Holder.from_params({"module": {"type": name, "args": "ls"}}, allow_imports=["subprocess", "os"])


def test_keys_of_other_packages() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Embedder.from_params({"_target_": "torch.nn.Embedding", "dim": 3})
    assert str(caught.value) == (
        "Embedder needs a 'type'. Hydra's '_target_' is 'type' here: a registered name, or package.module.Class; "
        "add one: embedding"
    )
    (problem,) = plan_params(Embedding, {"dim": 3, "class_path": "x"}).problems
    assert "LightningCLI's 'class_path' is 'type' here" in problem.hint


class Strict(type):
    """A metaclass with a call of its own, whose first parameter no key can name."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return super().__call__(*args, **kwargs)


class Made(metaclass=Strict):
    def __init__(self, **kwargs: Any) -> None:
        self.kwargs = kwargs


class Odd(FromParams):
    def __init__(self, made: Made = None, pattern: re.Pattern = None, queue: deque[int] = None) -> None:  # type: ignore[type-arg]
        self.made, self.pattern, self.queue = made, pattern, queue


def test_classes_that_are_called_in_their_own_way() -> None:
    assert Odd.from_params({"queue": [1, 2]}).queue == deque([1, 2])
    assert [str(problem) for problem in plan_params(Odd, {"made": {"cls": 1}, "pattern": "a*"}).problems] == [
        "made.cls: is set by Made itself. remove it, or use another name",
        'pattern: is "a*", a string. a config cannot give a Pattern',
    ]


@pytest.mark.parametrize("annotation", ["a b", "1 +", "list[", "Nowhere"])
def test_annotations_that_say_nothing(annotation: str) -> None:
    class Misspelt(FromParams):
        def __init__(self, made: Any) -> None: ...

    Misspelt.__init__.__annotations__["made"] = annotation
    with pytest.raises(ConfigurationError, match="the annotation '.*' of .*Misspelt.__init__ has an undefined name"):
        plan_params(Misspelt, {"made": 1})


class Faulty(FromParams):
    def __init__(self, **kwargs: Any) -> None:
        raise TypeError("a fault of the class itself")


def test_a_fault_of_a_constructor_stays_what_it_is() -> None:
    with pytest.raises(TypeError, match="^a fault of the class itself$") as caught:
        Faulty.from_params({"a": 1})
    assert type(caught.value) is TypeError
