"""Components: arguments of every kind, unknown keys, and functions and torch classes as components."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, List

import pytest

from registry_tests.registry.messages import assert_message
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


class AllKinds(FromParams):
    def __init__(self, first: int, /, second: int = 2, *rest: int, third: int = 3) -> None:
        self.all = (first, second, *rest, third)


class PositionalOnly(FromParams):
    def __init__(self, first: int, second: int = 2, /) -> None:
        self.all = (first, second)


class OpenOptions(FromParams):
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


class NoArguments(FromParams):
    def __init__(self) -> None:
        self.size = 0


def test_further_keys_are_checked_by_the_annotation_of_kwargs() -> None:
    assert OpenOptions.from_params(Params({"size": 1, "a": 2, "b": 3})).options == {"a": 2, "b": 3}
    with pytest.raises(ConfigurationError, match='a: is "x", a string. give an integer'):
        OpenOptions.from_params(Params({"size": 1, "a": "x"}))


def test_positional_arguments_are_given_by_name() -> None:
    assert AllKinds.from_params(Params({"first": 1})).all == (1, 2, 3)
    assert AllKinds.from_params(Params({"first": 1, "rest": [8, 9], "third": 4})).all == (1, 2, 8, 9, 4)
    assert PositionalOnly.from_params(Params({"first": 1})).all == (1, 2)
    assert Lazy(PositionalOnly, Params({"first": 1})).construct(second=5).all == (1, 5)


def test_run_time_and_inherited_arguments() -> None:
    config = {"embedder": {"type": "embedding", "dim": 3}}
    assert Head.from_params(Params(config), dim=4).dim == 4
    embedder = Embedding(8)
    assert Head.from_params(Params({}), dim=4, embedder=embedder).embedder is embedder
    assert plan_params(Head, Params({})).problems == ()
    with pytest.raises(ConfigurationError) as caught:
        Head.from_params(Params({"dim": 3, "embeder": 1}), embedder=embedder)
    assert str(caught.value).splitlines() == [
        "dim: is known only at run time. remove it",
        "embeder: is not an argument of Head. did you mean 'embedder'? arguments: scale",
    ]
    with pytest.raises(ConfigurationError) as missing:
        Head.from_params(Params({}), embedder=embedder)
    assert str(missing.value) == (
        "dim: Head needs 'dim' at run time, which was not passed. pass dim=..., or give it in the config"
    )


def test_a_key_of_an_inner_component_is_suggested_with_its_path() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Table.from_params({"row": {"cell": {"size": 3}, "size": 4}})
    assert str(caught.value) == (
        "row.size: is not an argument of Row. did you mean 'row.cell.size'? arguments: cell, other"
    )


def test_a_key_for_a_class_without_arguments_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="^size: is not an argument of NoArguments. NoArguments takes no arguments$"
    ):
        NoArguments.from_params({"size": 3})


def test_an_error_in_a_constructor_gets_its_path() -> None:
    class Picky(FromParams):
        def __init__(self, size: int) -> None:
            raise ConfigurationError("is not supported", path="size", hint="give another")

    class Outer(FromParams):
        def __init__(self, inner: list) -> None:  # type: ignore[type-arg]
            self.inner = inner

    Outer.__init__.__annotations__["inner"] = List[Picky]
    with pytest.raises(ConfigurationError, match="^inner.0.size: is not supported. give another$"):
        Outer.from_params(Params({"inner": [{"size": 1}]}))


def test_a_class_with_abstract_methods_is_refused() -> None:
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


def test_nothing_is_constructed_before_everything_is_checked() -> None:
    constructed = []

    class RecordsConstruction(FromParams):
        def __init__(self, size: int) -> None:
            constructed.append(size)

    class Both(FromParams):
        def __init__(self, first: Any, second: Any) -> None: ...

    Both.__init__.__annotations__.update(first=RecordsConstruction, second=RecordsConstruction)
    with pytest.raises(ConfigurationError, match="second.size"):
        Both.from_params(Params({"first": {"size": 1}, "second": {"size": "x"}}))
    assert constructed == []


class Layer(Registrable):
    pass


def scale(factor: float, power: Callable[[float], float] = None) -> Any:
    return factor, power


class CallableComponent:
    """Class whose instance is registered as a component."""

    def __call__(self, size: int) -> int:
        return size


Layer.register("scale")(scale)
Layer.register("doubled")(partial(scale, factor=2.0))
Layer.register("called")(CallableComponent())


def test_functions_partials_and_callable_objects_may_be_components() -> None:
    assert Layer.from_params({"type": "scale", "factor": 3}) == (3.0, None)
    assert Layer.from_params({"type": "doubled", "power": abs}) == (2.0, abs)
    assert Layer.from_params({"type": "called", "size": 3}) == 3
    with pytest.raises(ConfigurationError, match='size: is "x", a string. give an integer'):
        Layer.from_params({"type": "called", "size": "x"})
    assert [listed.cls for listed in Layer.describe_available()] == ["scale", "scale", "CallableComponent"]


class TorchHolder(FromParams):
    """Component whose annotations name torch, which this module does not import."""

    def __init__(self, module: "torch.nn.Module" = None, dtype: "torch.dtype" = None, device: "torch.device" = None):  # type: ignore[name-defined] # noqa: F821
        self.all = module, dtype, device


def test_modules_dtypes_and_devices_of_torch_are_constructed() -> None:
    import torch

    relu = torch.nn.ReLU()
    assert TorchHolder.from_params({"module": relu, "dtype": torch.int8}).all == (relu, torch.int8, None)
    assert TorchHolder.from_params({"module": torch.relu, "dtype": "float16"}).all == (torch.relu, torch.float16, None)
    assert TorchHolder.from_params({"dtype": "torch.bfloat16", "device": {"type": "cpu"}}).all[1:] == (
        torch.bfloat16,
        torch.device("cpu"),
    )
    linear = {"type": "torch.nn.Linear", "in_features": 2, "out_features": 3}
    assert TorchHolder.from_params({"module": linear}, allow_imports="torch").all[0].out_features == 3
    assert type(TorchHolder.from_params({"module": "torch.nn.ReLU"}, allow_imports="torch").all[0]) is torch.nn.ReLU


@pytest.mark.parametrize(
    ("config", "message"),
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
def test_invalid_values_of_torch_types_are_reported(config: dict[str, Any], message: str) -> None:
    import torch  # noqa: F401 (the annotations of TorchHolder need it)

    with pytest.raises(ConfigurationError) as caught:
        TorchHolder.from_params(config)
    assert_message(caught.value, message)


@pytest.mark.parametrize("name", ["subprocess.Popen", "os.system"])
def test_a_dotted_name_outside_of_the_family_is_refused(name: str) -> None:
    import torch  # noqa: F401 (the annotations of TorchHolder need it)

    with pytest.raises(ConfigurationError, match="is not a subclass of Module"):
        TorchHolder.from_params({"module": {"type": name, "args": "ls"}}, allow_imports=["subprocess", "os"])


def test_keys_of_other_packages_get_a_hint() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Embedder.from_params({"_target_": "torch.nn.Embedding", "dim": 3})
    assert str(caught.value) == (
        "Embedder needs a 'type'. Hydra's '_target_' is 'type' here: a registered name, or package.module.Class; "
        "add one: embedding"
    )
    (problem,) = plan_params(Embedding, {"dim": 3, "class_path": "x"}).problems
    assert "LightningCLI's 'class_path' is 'type' here" in problem.hint


class CallingMeta(type):
    """Metaclass with a ``__call__``, whose first parameter no key can set."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return super().__call__(*args, **kwargs)


class CalledByMeta(metaclass=CallingMeta):
    def __init__(self, **kwargs: Any) -> None:
        self.kwargs = kwargs


class UnusualTypes(FromParams):
    def __init__(self, called: CalledByMeta = None, pattern: re.Pattern = None, queue: deque[int] = None) -> None:  # type: ignore[type-arg]
        self.called, self.pattern, self.queue = called, pattern, queue


def test_classes_with_a_metaclass_or_without_a_signature() -> None:
    assert UnusualTypes.from_params({"queue": [1, 2]}).queue == deque([1, 2])
    assert [
        str(problem) for problem in plan_params(UnusualTypes, {"called": {"cls": 1}, "pattern": "a*"}).problems
    ] == [
        "called.cls: is set by CalledByMeta itself. remove it, or use another name",
        'pattern: is "a*", a string. a config cannot give a Pattern',
    ]


@pytest.mark.parametrize("annotation", ["a b", "1 +", "list[", "Nowhere"])
def test_annotations_that_cannot_be_evaluated_are_reported(annotation: str) -> None:
    class Misspelt(FromParams):
        def __init__(self, value: Any) -> None: ...

    Misspelt.__init__.__annotations__["value"] = annotation
    with pytest.raises(ConfigurationError, match="the annotation '.*' of .*Misspelt.__init__ has an undefined name"):
        plan_params(Misspelt, {"value": 1})


class FaultyConstructor(FromParams):
    def __init__(self, **kwargs: Any) -> None:
        raise TypeError("a fault of the class")


def test_a_type_error_of_a_constructor_is_not_changed() -> None:
    with pytest.raises(TypeError, match="^a fault of the class$") as caught:
        FaultyConstructor.from_params({"a": 1})
    # Not the subclass that is also a ConfigurationError.
    assert type(caught.value) is TypeError
