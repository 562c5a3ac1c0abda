"""``check_component``: the laws common to all families, and the report of violations."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from spanreg.metrics import Metric
from spanreg.registry import AtLeast, ConfigurationError, Registrable
from spanreg.testing import BrokenLaw, ContractError, check_component, laws_of
from spanreg.testing.common import variations
from spanreg.testing.contract import ComponentCase

BrokenLaws = Callable[..., dict[str, str]]


class ShareMetric(Metric):
    """Metric that follows all laws: the share of right labels."""

    figures = ("share",)

    def __init__(self, digits: int = 6) -> None:
        self.digits = digits

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": round(float((predictions == labels).mean()), self.digits)}


class OmitsItsConfig(ShareMetric):
    def _to_params(self) -> dict[str, Any]:
        return {}


class ChangesItsConfig(ShareMetric):
    def _to_params(self) -> dict[str, Any]:
        return {"digits": 2}


class AcceptsUnknownKeys(Metric):
    figures = ("share",)

    def __init__(self, digits: int = 6, **unused: Any) -> None:
        self.share = ShareMetric(digits)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return self.share(predictions, labels)


class ConstructsItsSuperclass(ShareMetric):
    def __new__(cls, *_: Any, **options: Any) -> Any:
        return ShareMetric(**options)


class BuildsItsSuperclass(ShareMetric):
    @classmethod
    def from_params(cls, params: Any, *_: Any, **extras: Any) -> Any:
        return ShareMetric()


BROKEN: list[tuple[type[Any], str, str]] = [
    (ConstructsItsSuperclass, "builds from its config", "constructs a ShareMetric"),
    (BuildsItsSuperclass, "its config comes back", "constructs another class"),
    (OmitsItsConfig, "its config comes back", "to_params does not return 'digits'"),
    (ChangesItsConfig, "its config comes back", "to_params returns 2 for 'digits', given was 3"),
    (AcceptsUnknownKeys, "unknown keys are refused", "is accepted silently, as by unused **kwargs"),
]


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls, {"digits": 3})[law]


def test_a_component_that_follows_the_laws_passes() -> None:
    check_component(ShareMetric, {"digits": 3})


def test_an_invalid_config_is_the_only_report(broken_laws: BrokenLaws) -> None:
    violations = broken_laws(ShareMetric, {"digits": "three", "figure": 1})
    assert list(violations) == ["builds from its config"]
    assert 'digits: is "three", a string. give an integer' in violations["builds from its config"]
    assert "figure: is not an argument of ShareMetric" in violations["builds from its config"]


def test_all_broken_laws_are_reported_at_once() -> None:
    class BreaksThreeLaws(AcceptsUnknownKeys):
        figures = ("part",)

    with pytest.raises(ContractError) as caught:
        check_component(BreaksThreeLaws)
    assert str(caught.value).startswith(
        "BreaksThreeLaws breaks 3 laws of the family Metric:\n"
        "- unknown keys are refused: the key 'a_key_that_no_argument_has' is accepted silently"
    )
    assert "\n- the figures are as declared: returns share, declared part\n- " in str(caught.value)
    assert caught.value.broken[1] == BrokenLaw("the figures are as declared", "returns share, declared part")
    assert isinstance(caught.value, AssertionError)


def test_a_registered_class_is_built_by_its_name() -> None:
    Metric.register("my_share")(ShareMetric)
    case = ComponentCase(ShareMetric, Metric, {"digits": 2}, {}, 0.0)
    assert case.chosen == {"type": "my_share", "digits": 2}
    assert isinstance(case.make(), ShareMetric)
    check_component(ShareMetric)


def test_a_family_of_a_user_has_the_common_laws(broken_laws: BrokenLaws) -> None:
    class Shape(Registrable):
        pass

    class Ball(Shape):
        def __init__(self, radius: float) -> None:
            self.radius = radius

    class AnyBall(Shape):
        def __init__(self, **sizes: Any) -> None:
            self.sizes = sizes

    check_component(Ball, {"radius": 2.0})
    assert list(broken_laws(AnyBall)) == ["unknown keys are refused"]


def test_a_class_without_a_family_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'int'> belongs to no family. give a subclass of a family's base"):
        check_component(int)  # type: ignore[arg-type]


def test_laws_of_lists_the_names_of_the_laws() -> None:
    assert laws_of(Metric)[:3] == ["builds from its config", "its config comes back", "unknown keys are refused"]
    assert laws_of(ShareMetric) == laws_of(Metric)


class MetricWithOptions(Metric):
    def __init__(
        self,
        kind: Literal["a", "b", "c"] = "a",
        size: Annotated[int, AtLeast(1)] | None = None,
        flag: bool = False,
        share: float = 0.5,
        words: list[str] | None = None,
    ) -> None:
        if kind == "c":
            raise ConfigurationError("kind c is not supported")

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {}


def test_each_option_is_varied_alone() -> None:
    case = ComponentCase(MetricWithOptions, Metric, {"flag": True}, {}, 0.0)
    tried = [(name, value) for name, value, _ in variations(case)]
    # Left out: kind c, which cannot be built, and words, a list.
    assert tried == [("kind", "b"), ("size", 2), ("flag", False), ("share", 1.5)]


def test_a_check_of_a_metric_imports_neither_pytest_nor_torch() -> None:
    program = (
        "import sys; from spanreg.testing import check_component; from spanreg.metrics.accuracy import Accuracy;"
        "check_component(Accuracy); print([name for name in ('pytest', 'torch') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


def test_a_figure_that_is_an_array_is_reported(broken_laws: BrokenLaws) -> None:
    class ArrayFigures(ShareMetric):
        def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> Any:
            return {"share": np.array([1.0])}

    assert "share is a ndarray, not a float" in broken_laws(ArrayFigures)["the figures are as declared"]
