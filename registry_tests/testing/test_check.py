"""The laws of every family, and the report of violations."""

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


class Share(Metric):
    """Share of right labels."""

    figures = ("share",)

    def __init__(self, digits: int = 6) -> None:
        self.digits = digits

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": round(float((predictions == labels).mean()), self.digits)}


class ForgetsWhatItWasGiven(Share):
    def _to_params(self) -> dict[str, Any]:
        return {}


class ChangesWhatItWasGiven(Share):
    def _to_params(self) -> dict[str, Any]:
        return {"digits": 2}


class TakesAnything(Metric):
    figures = ("share",)

    def __init__(self, digits: int = 6, **anything: Any) -> None:
        self.share = Share(digits)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return self.share(predictions, labels)


class MakesAnother(Share):
    @classmethod
    def from_params(cls, params: Any, *_: Any, **extras: Any) -> Any:
        return Share()


BROKEN: list[tuple[type[Any], str, str]] = [
    (ForgetsWhatItWasGiven, "its config comes back", "to_params does not return 'digits'"),
    (ChangesWhatItWasGiven, "its config comes back", "to_params returns 2 for 'digits', given was 3"),
    (TakesAnything, "unknown keys are refused", "is accepted silently, as by unused **kwargs"),
]


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    check_component(Share, {"digits": 3})
    assert seen in broken_laws(cls, {"digits": 3})[law]


def test_what_cannot_be_built_is_told_alone(broken_laws: BrokenLaws) -> None:
    found = broken_laws(Share, {"digits": "three", "figure": 1})
    assert list(found) == ["builds from its config"]
    assert 'digits: is "three", a string. give an integer' in found["builds from its config"]
    assert "figure: is not an argument of Share" in found["builds from its config"]


def test_all_that_is_broken_is_told_at_once() -> None:
    class Twofold(TakesAnything):
        figures = ("part",)

    with pytest.raises(ContractError) as caught:
        check_component(Twofold)
    assert str(caught.value).startswith(
        "Twofold breaks 3 laws of the family Metric:\n"
        "- unknown keys are refused: the key 'a_key_that_no_argument_has' is accepted silently"
    )
    assert "\n- the figures are as declared: returns share, declared part\n- " in str(caught.value)
    assert caught.value.broken[1] == BrokenLaw("the figures are as declared", "returns share, declared part")
    assert isinstance(caught.value, AssertionError)


def test_a_registered_class_is_built_by_its_name() -> None:
    Metric.register("my_share")(Share)
    subject = ComponentCase(Share, Metric, {"digits": 2}, {}, 0.0)
    assert subject.chosen == {"type": "my_share", "digits": 2}
    assert isinstance(subject.make(), Share)
    check_component(Share)


def test_a_family_of_ones_own_has_the_common_laws(broken_laws: BrokenLaws) -> None:
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


def test_a_class_of_no_family_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'int'> belongs to no family. give a subclass of a family's base"):
        check_component(int)  # type: ignore[arg-type]


def test_laws_have_names() -> None:
    assert laws_of(Metric)[:3] == ["builds from its config", "its config comes back", "unknown keys are refused"]
    assert laws_of(Share) == laws_of(Metric)


class Optioned(Metric):
    def __init__(
        self,
        kind: Literal["a", "b", "c"] = "a",
        size: Annotated[int, AtLeast(1)] | None = None,
        flag: bool = False,
        share: float = 0.5,
        words: list[str] | None = None,
    ) -> None:
        if kind == "c":
            raise ConfigurationError("c is not for everybody")

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {}


def test_options_are_varied_one_by_one() -> None:
    subject = ComponentCase(Optioned, Metric, {"flag": True}, {}, 0.0)
    tried = [(name, value) for name, value, _ in variations(subject)]
    assert tried == [("kind", "b"), ("size", 2), ("flag", False), ("share", 1.5)]


def test_pytest_is_not_needed_and_metrics_need_no_torch() -> None:
    program = (
        "import sys; from spanreg.testing import check_component; from spanreg.metrics.accuracy import Accuracy;"
        "check_component(Accuracy); print([name for name in ('pytest', 'torch') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


def test_figures_that_are_arrays_are_no_figures(broken_laws: BrokenLaws) -> None:
    class Arrays(Share):
        def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> Any:
            return {"share": np.array([1.0])}

    assert "share is a ndarray, not a float" in broken_laws(Arrays)["the figures are as declared"]
