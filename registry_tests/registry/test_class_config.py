"""``Class.config(...)``: checks arguments and returns the config of a component."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from spanreg.registry import AtLeast, ConfigurationError, FromParams, InstanceConfig, Registrable, Runtime


class Animal(Registrable):
    """A family."""


@Animal.register("fox")
class Fox(Animal):
    def __init__(self, dim: Runtime[int], legs: Annotated[int, AtLeast(0)] = 4, friend: Animal | None = None) -> None:
        self.dim, self.legs, self.friend = dim, legs, friend


@Animal.register("bear")
class Bear(Animal):
    def __init__(self, weight: int) -> None:
        self.weight = weight


class Zoo(FromParams):
    def __init__(self, name: str, animal: Animal) -> None:
        self.name, self.animal = name, animal


def test_config_returns_the_type_and_the_given_arguments() -> None:
    assert Fox.config() == {"type": "fox"}
    assert Fox.config(legs=3.0, friend=Bear.config(weight=2)) == {
        "type": "fox",
        "legs": 3,
        "friend": {"type": "bear", "weight": 2},
    }
    assert Zoo.config(name="zoo") == {"name": "zoo"}


def test_the_config_constructs_the_object() -> None:
    zoo = Zoo.from_params(Zoo.config(name="zoo", animal=Fox.config(legs=3)), dim=5)
    assert (zoo.animal.legs, zoo.animal.dim) == (3, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"leggs": 3}, "leggs: is not an argument of Fox. did you mean 'legs'? arguments: friend"),
        ({"legs": True}, "legs: is true, a boolean. give an integer"),
        ({"legs": -1}, "legs: is -1. give at least 0"),
        ({"dim": 3}, "dim: is known only at run time. remove it"),
        ({"friend": {"type": "wolf"}}, "friend.type: 'wolf' is not registered for Animal. registered: fox, bear"),
    ],
)
def test_invalid_arguments_are_reported(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Fox.config(**arguments)
    assert str(caught.value).startswith(message)


def test_required_arguments_may_be_omitted() -> None:
    assert Bear.config() == {"type": "bear"}
    assert Fox.config(friend="bear") == {"type": "fox", "friend": "bear"}


def test_a_class_without_a_name_is_refused() -> None:
    class Wolf(Animal):
        pass

    with pytest.raises(ConfigurationError) as caught:
        Wolf.config()
    assert str(caught.value) == (
        'Wolf is not registered, so no config can name it. write @Animal.register("wolf") above it'
    )


def test_an_instance_may_have_a_config_attribute() -> None:
    class Model(FromParams):
        def __init__(self, config: int = 3) -> None:
            self.size = config

        @InstanceConfig
        def config(self) -> int:
            return 7

    assert Model.config() == {}
    model = Model()
    assert model.config == 7
    model.config = 8  # type: ignore[assignment]
    assert (model.config, Model.config()) == (8, {})


def test_an_instance_has_no_config_unless_it_sets_one() -> None:
    assert not hasattr(Fox(1), "config"), "to_params would read the attribute as an argument"
    zoo = Zoo("a", Fox(1))
    zoo.config = "own"  # type: ignore[assignment]
    assert zoo.config == "own"  # type: ignore[comparison-overlap]
