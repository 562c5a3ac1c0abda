"""List the types that an annotation allows."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from spanreg.registry.lazy import Lazy


def possible_types(annotation: Any) -> Iterator[Any]:
    """Yield the types that a value may have: members of unions, and the types inside ``Lazy`` and ``Annotated``.

    ``list(possible_types(Lazy[Encoder] | None))`` is ``[Encoder, NoneType]``.
    """
    origin = get_origin(annotation)
    if origin not in (Union, types.UnionType, Annotated, Lazy):
        yield annotation
        return
    # What follows the type in ``Annotated`` are marks, not types.
    for member in get_args(annotation)[: 1 if origin is Annotated else None]:
        yield from possible_types(member)
