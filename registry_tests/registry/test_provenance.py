"""The config of a built object is kept outside of the object."""

from __future__ import annotations

import copy
import gc
import json
import pickle
from typing import Any

from spanreg.registry import FromParams, Params
from spanreg.registry.provenance import _configs, config_of


class Named(FromParams):
    def __init__(self, name: str, size: int = 1) -> None:
        self.name, self.size = name, size

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class Computed(FromParams):
    """Keeps none of its arguments."""

    def __init__(self, size: int) -> None:
        self.area = size * size


def built() -> Named:
    return Named.from_params(Params({"name": "a"}))


def test_it_shows_nowhere() -> None:
    assert vars(built()) == {"name": "a", "size": 1}
    assert built() == Named("a") == built()
    assert json.dumps(built(), default=vars) == '{"name": "a", "size": 1}'
    assert built().to_params().as_dict() == {"name": "a"}


def test_a_copy_says_what_its_attributes_are() -> None:
    for copied in (copy.copy(built()), copy.deepcopy(built()), pickle.loads(pickle.dumps(built()))):
        assert copied.to_params().as_dict() == {"name": "a", "size": 1}


def test_it_is_kept_as_long_as_the_object() -> None:
    kept = Computed.from_params({"size": 3})
    assert kept.to_params().as_dict() == {"size": 3}
    gc.collect()
    before = len(_configs)
    others = [Computed.from_params({"size": 3}) for _ in range(5)]
    assert len(_configs) == before + 5
    others.clear()
    gc.collect()
    assert len(_configs) == before
    assert config_of(kept) == {"size": 3}


def test_another_object_of_the_same_identity_has_no_config() -> None:
    first: Any = Computed.from_params({"size": 3})
    _configs[id("text")] = _configs[id(first)]
    assert config_of("text") is None
    del _configs[id("text")]
