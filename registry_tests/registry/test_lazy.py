"""``Lazy``: components that are checked at once and constructed later."""

import copy
import pickle
import subprocess
import sys
from typing import Any, Generic, List, Optional, TypeVar

import pytest

from spanreg.registry import ConfigurationError, FromParams, Lazy, Params, Registrable, Runtime
from spanreg.registry.planning.plan import PlanContext, plan_value
from spanreg.registry.source.classes import opaque

T = TypeVar("T")


class Cell(Registrable):
    default_implementation = "plain"


@Cell.register("plain")
class PlainCell(Cell):
    def __init__(self, dim: int, depth: int = 1, note: str = "") -> None:
        self.dim, self.depth, self.note = dim, depth, note


@Cell.register("marked")
class MarkedCell(Cell):
    def __init__(self, dim: Runtime[int], depth: int) -> None:
        self.dim, self.depth = dim, depth


@Cell.register("nested")
class NestedCell(Cell):
    def __init__(self, inner: Cell, depth: int = 1) -> None:
        self.inner, self.depth = inner, depth


class Engine(Registrable):
    """Family that declares which arguments it gets at run time."""

    handed_down = ("dim",)


@Engine.register("plain")
class PlainEngine(Engine):
    def __init__(self, dim: int, depth: int, inner: Optional[Engine] = None, note: str = "") -> None:
        self.dim, self.depth, self.inner, self.note = dim, depth, inner, note


class Car(FromParams):
    def __init__(self, engine: Lazy[Engine]) -> None:
        self.engine = engine


class Net(FromParams):
    def __init__(
        self,
        cell: Lazy[Cell],
        other: Optional[Lazy[Cell]] = None,
        default: Lazy[Cell] = Lazy(PlainCell, dim=9),  # noqa: B008
    ) -> None:
        self.cell, self.other, self.default = cell, other, default


class GenericBag(Generic[T]):
    def __init__(self, items: list[T]) -> None:
        self.items = items


class NetOfBag(FromParams):
    def __init__(self, bag: Lazy[GenericBag[Cell]]) -> None:
        self.bag = bag


def build_net(cell: Any, **others: Any) -> Net:
    """Return a net constructed from the config of its cell and other keys."""
    return Net.from_params(Params({"cell": cell, **others}))


def through_pickle(value: Any) -> Any:
    """Return what unpickling a pickled value gives."""
    return pickle.loads(pickle.dumps(value))


def unchanged(value: Any) -> Any:
    """Return the value itself, beside the functions that copy it."""
    return value


def test_each_construction_returns_a_new_object() -> None:
    lazy = build_net({"type": "plain", "depth": 2}).cell
    first, second = lazy.construct(dim=3), lazy.construct(dim=4)
    assert (first.dim, second.dim, first.depth) == (3, 4, 2)
    assert first is not second


def test_extras_reach_nested_components_and_replace_defaults() -> None:
    built = build_net({"type": "nested", "inner": {"type": "plain"}}).cell.construct(dim=3, note="n", unknown=1)
    assert (built.inner.dim, built.inner.note, built.depth) == (3, "n", 1)


def test_lazy_arguments_may_be_optional_or_have_a_default() -> None:
    built = build_net("plain")
    assert built.other is None
    assert built.default.construct().dim == 9
    assert built.default.construct(dim=5).dim == 5
    assert build_net("plain", other=None).other is None
    assert build_net("plain", other={"dim": 2}).other.construct().dim == 2


def test_the_config_is_checked_before_construction() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_net({"type": "plain", "dept": 2}, other={"type": "marked", "dim": 3})
    assert str(caught.value).splitlines() == [
        "cell.dept: is not an argument of PlainCell. did you mean 'depth'? arguments: dim, note",
        "other.dim: is known only at run time. remove it",
        "other.depth: is required and missing. add it: an integer",
    ]


def test_a_missing_argument_is_reported_at_construction() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_net("plain").cell.construct()
    assert str(caught.value) == (
        "cell.dim: PlainCell needs 'dim' at run time, which was not passed. pass dim=..., or give it in the config"
    )


def test_a_family_with_handed_down_names_requires_the_other_arguments_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Car.from_params(Params({"engine": {"type": "plain", "inner": "plain"}}))
    assert str(caught.value).splitlines() == [
        "engine.depth: is required and missing. add it: an integer",
        "engine.inner.depth: is required and missing. add it: an integer",
    ]


def test_a_family_with_handed_down_names_accepts_other_arguments_too() -> None:
    car = Car.from_params(Params({"engine": {"type": "plain", "depth": 2, "inner": {"type": "plain", "depth": 1}}}))
    engine = car.engine.construct(dim=3)
    assert (engine.dim, engine.depth, engine.inner.dim) == (3, 2, 3)
    assert car.engine.construct(dim=3, note="n").note == "n"
    with pytest.raises(ConfigurationError, match=r"engine\.dim: PlainEngine needs 'dim' at run time"):
        car.engine.construct()


def test_the_arguments_of_an_opaque_type_are_not_checked() -> None:
    context = PlanContext()
    plan_value(Lazy[opaque("Optimizer", "torch.optim")], "sgd", context)
    assert not context.problems


def test_extras_of_from_params_are_kept() -> None:
    built = Net.from_params(Params({"cell": "plain"}), dim=7)
    assert built.cell.construct().dim == 7
    assert built.cell.construct(dim=8).dim == 8


def test_a_lazy_object_may_be_created_in_python() -> None:
    assert Lazy(Cell, {"type": "plain"}, {"dim": 1}).construct().dim == 1
    assert Lazy(Cell, "plain", constructor_extras={"dim": 1}, depth=4).construct(dim=2).depth == 4
    assert Lazy(PlainCell, Params({"dim": 3})).construct().dim == 3
    assert Lazy(dict, {"a": 1}).construct(b=2) == {"a": 1, "b": 2}
    assert Lazy(lambda size: [0] * size).construct(size=2) == [0, 0]
    assert Lazy(PlainCell, dim=2).constructor(dim=3).dim == 3


class ParamsOptimizer(FromParams):
    """Optimizer whose first argument is called ``params``, as that of torch's optimizers."""

    def __init__(self, params: List[float], lr: float = 0.1, self_: int = 0) -> None:
        self.params, self.lr = params, lr


class Trainer(FromParams):
    def __init__(
        self,
        configured: Lazy[ParamsOptimizer],
        default: Lazy[ParamsOptimizer] = Lazy(ParamsOptimizer),  # noqa: B008
    ) -> None:
        self.configured, self.default = configured, default


@pytest.mark.parametrize("copied", [unchanged, through_pickle, copy.deepcopy, copy.copy])
def test_an_argument_may_be_called_params(copied: Any) -> None:
    trainer = Trainer.from_params(Params({"configured": {"lr": 2}}))
    for lazy in (trainer.configured, trainer.default, Lazy(ParamsOptimizer, Params({"lr": 3}))):
        assert copied(lazy).construct(params=[1.0]).params == [1.0]
    assert copied(trainer.configured).construct(params=[]).lr == 2.0
    with pytest.raises(ConfigurationError, match="^params: is required and missing. add it: a list"):
        copied(trainer.default).construct(self=3)


class LazyOfManyTypes(FromParams):
    def __init__(self, cells: Lazy[List[Cell]], size: Lazy[int], name: Lazy[str], either: Lazy[Optional[Cell]]) -> None:
        self.all = cells, size, name, either


@pytest.mark.parametrize("copied", [unchanged, through_pickle, copy.deepcopy])
def test_a_lazy_argument_may_have_any_type(copied: Any) -> None:
    config = {"cells": [{"dim": 1}, "plain"], "size": 3, "name": "plain", "either": None}
    cells, size, name, either = map(copied, LazyOfManyTypes.from_params(Params(config)).all)
    assert [cell.dim for cell in cells.construct(dim=2)] == [1, 2]
    assert (size.construct(), name.construct(), either.construct()) == (3, "plain", None)
    assert cells.construct(dim=2)[0] is not cells.construct(dim=2)[0]
    with pytest.raises(TypeError, match="a list, which Params cannot hold"):
        assert cells.params
    with pytest.raises(ConfigurationError, match=r"size: is \"x\", a string"):
        LazyOfManyTypes.from_params(Params({**config, "size": "x"}))


def test_changing_the_params_does_not_change_the_lazy_object() -> None:
    lazy = build_net({"type": "plain", "depth": 2}).cell
    params = lazy.params
    assert params.pop("type") == "plain"
    assert lazy.params.as_dict() == {"type": "plain", "depth": 2}


@pytest.mark.parametrize("copied", [through_pickle, copy.deepcopy])
def test_a_copied_lazy_object_constructs_the_same(copied: Any) -> None:
    lazy = copied(build_net({"type": "nested", "inner": "plain", "depth": 2}).cell)
    built = lazy.construct(dim=3)
    assert (type(built), built.depth, built.inner.dim) == (NestedCell, 2, 3)
    assert copied(Lazy(PlainCell, depth=2)).construct(dim=1).depth == 2


def test_a_lazy_object_is_pickled_without_importing_its_class() -> None:
    program = """
import pickle, sys
from spanreg.registry import Lazy, stand_in
from spanreg.registry.planning.plan import PlanContext, plan_value
segmenter = stand_in("spanreg.segmenters.base", "Segmenter")
node = plan_value(Lazy[segmenter], "single", PlanContext())
assert "spanreg.segmenters.single" not in sys.modules
lazy = pickle.loads(pickle.dumps(node.construct({})))
print(type(lazy.construct(dictionary=None)).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("SingleWordSegmenter\n", "")


def test_a_lazy_generic_class_keeps_its_type_arguments() -> None:
    bag = NetOfBag.from_params(Params({"bag": {"items": [{"dim": 2}]}})).bag
    assert bag.construct().items[0].dim == 2
