"""Configs of constructed objects, which the registry keeps outside of the objects."""

from __future__ import annotations

import copy
import gc
import json
import pickle
from typing import Any

from spanreg.registry import FromParams, Params
from spanreg.registry.provenance import _configs, config_of


class NamedPart(FromParams):
    def __init__(self, name: str, size: int = 1) -> None:
        self.name, self.size = name, size

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class AreaPart(FromParams):
    """Component that keeps none of its arguments, so only the registry knows its config."""

    def __init__(self, size: int) -> None:
        self.area = size * size


def build_part() -> NamedPart:
    """Return a part constructed from a config, which leaves the default of ``size`` out."""
    return NamedPart.from_params(Params({"name": "a"}))


def test_attributes_and_equality_do_not_show_the_config() -> None:
    assert vars(build_part()) == {"name": "a", "size": 1}
    assert build_part() == NamedPart("a") == build_part()
    assert json.dumps(build_part(), default=vars) == '{"name": "a", "size": 1}'
    assert build_part().to_params().as_dict() == {"name": "a"}


def test_the_config_of_a_copy_is_read_from_its_attributes() -> None:
    for copied in (copy.copy(build_part()), copy.deepcopy(build_part()), pickle.loads(pickle.dumps(build_part()))):
        assert copied.to_params().as_dict() == {"name": "a", "size": 1}


def test_a_config_is_kept_as_long_as_its_object() -> None:
    kept = AreaPart.from_params({"size": 3})
    assert kept.to_params().as_dict() == {"size": 3}
    gc.collect()
    before = len(_configs)
    others = [AreaPart.from_params({"size": 3}) for _ in range(5)]
    assert len(_configs) == before + 5
    others.clear()
    gc.collect()
    assert len(_configs) == before
    assert config_of(kept) == {"size": 3}


def test_a_new_object_at_the_address_of_an_old_one_has_no_config() -> None:
    first: Any = AreaPart.from_params({"size": 3})
    # Python reuses the ids of objects that were deleted. This entry is that of another object.
    _configs[id("text")] = _configs[id(first)]
    assert config_of("text") is None
    del _configs[id("text")]
