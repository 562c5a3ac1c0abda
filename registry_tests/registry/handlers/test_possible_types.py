"""``possible_types``: the types within unions, ``Lazy`` and ``Annotated``."""

from __future__ import annotations

from typing import Annotated, Any, Optional, Union

import pytest

from spanreg.registry import AtLeast, Lazy
from spanreg.registry.handlers.possible_types import possible_types


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, [int]),
        (list[int], [list[int]]),
        (int | str, [int, str]),
        (Annotated[int, AtLeast(1)], [int]),
        (Optional[Lazy[int]], [int, type(None)]),
        (Lazy[Union[int, Annotated[str, AtLeast(1)]]], [int, str]),
    ],
)
def test_types_within_an_annotation_are_listed(annotation: Any, expected: list[Any]) -> None:
    assert list(possible_types(annotation)) == expected
