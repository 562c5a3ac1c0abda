"""Arms of the same size: which key of each arm is adjusted, and the search for its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from spanreg.registry import ConfigurationError, Problem
from spanreg.studies.define.spaces.default_space import takes

if TYPE_CHECKING:
    from spanreg.studies.define.arms import Arm

SizeMeasure = Literal["parameters", "flops"]

TOLERANCE: Final = 0.01
"Largest relative difference in size of a matched arm from the reference."
WIDTHS: Final = ("aggregator.channels", "aggregator.hidden")
"Keys that are adjusted where the study names none, the first that an arm takes."

_MOST: Final = 2**16
"Largest width that is tried."
_STEPS: Final = (1, 2, 4, 8, 16, 32, 64)
"Distances between the widths to try, for components that take only some, such as multiples of their heads."


@dataclass(frozen=True, slots=True)
class SizeOptions:
    """Options for matching the arms of a study in size.

    Example:
        match: { by: 'flops', width: 'aggregator.channels', to: 'spans' }
    """

    by: SizeMeasure = "parameters"
    "What is matched: weights, or multiply-adds of a forward pass over 128 tokens in spans of two."
    width: str | None = None
    "Key that is adjusted; an arm's own ``width`` comes first; default: ``aggregator.channels`` or ``.hidden``."
    to: str | None = None
    "The arm whose size the others get; with ``tasks``, its name without the task; default: the baseline."


@dataclass(frozen=True, slots=True)
class SizeMatch:
    """The adjustment of one arm.

    ``SizeMatch("parameters", "aggregator.channels", 256, 301, 990, 1000).ratio`` is ``0.99``.
    """

    by: SizeMeasure
    width: str
    "The adjusted key."
    before: int | None
    "Its value in the study file; None for the default of the component."
    value: int
    "Its adjusted value."
    size: int
    "Size with the adjusted value, without an encoder that the arm shares with the reference."
    reference: int
    "Size of the reference."

    @property
    def ratio(self) -> float:
        """Size relative to the reference."""
        return self.size / self.reference

    def __str__(self) -> str:
        before = "default" if self.before is None else self.before
        return f"{self.width}: {before} -> {self.value}, {self.size:,} {self.by}, {100 * (self.ratio - 1):+.2f} %"


def width_of(arm: Arm, options: SizeOptions) -> str | None:
    """Return the key that is adjusted for an arm; None if the arm has none."""
    if arm.width is not None:
        return arm.width
    candidates = (options.width,) if options.width else WIDTHS
    return next((key for key in candidates if takes(arm.config, key)), None)


def problems_of_sizes(options: SizeOptions | None, arms: Sequence[Arm]) -> Iterator[Problem]:
    """Yield a problem for each width that no component of its arm has, and for an unknown reference."""
    for arm in arms:
        if arm.width is not None and options is None:
            yield Problem("has no effect without match", f"arms.{arm.name}.width", "add match: 'parameters'")
        elif arm.width is not None and not takes(arm.config, arm.width):
            hint = "name a key of one of its components, such as aggregator.channels"
            yield Problem(f"the arm has no key '{arm.width}'", f"arms.{arm.name}.width", hint)
    # As for ``baseline``, the name without the task names the arm of every task.
    names = dict.fromkeys(arm.setting or arm.name for arm in arms)
    if options and options.to is not None and options.to not in {*names, *(arm.name for arm in arms)}:
        hint = f"arms: {', '.join(names)}"
        yield Problem(f"there is no arm '{options.to}'", "match.to", hint)


def matched_width(size: Callable[[int], int | None], reference: int) -> tuple[int, int]:
    """Return the width whose size is nearest to a reference, and that size.

    Args:
        size: returns the size of a model by its width, which grows with the width; None for a width that the model
            does not take.
        reference: the size to reach.

    Raises:
        ConfigurationError: the model takes none of the widths that are tried.
    """
    known: dict[int, int | None] = {}

    def sized(width: int) -> int | None:
        if width not in known:
            known[width] = size(width)
        return known[width]

    # The smallest step whose first three multiples are widths of the model, such as its number of heads.
    for step in _STEPS:
        if all(sized(step * count) is not None for count in (1, 2, 3)):
            break
    else:
        raise ConfigurationError("no width can be tried", hint="name another key with 'width'")
    # Doubling, then bisection, since every size may cost building a model. A width that fails counts as large enough.
    low, high = 1, 2
    while (sized(step * high) or reference) < reference and step * high < _MOST:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (sized(step * middle) or reference) < reference else (low, middle)
    # Of all measured widths: one end of the bisection may be a width that the model does not take.
    sizes = {width: found for width, found in known.items() if found is not None}
    nearest = min(sizes, key=lambda width: (abs(sizes[width] - reference), width))
    return nearest, sizes[nearest]
