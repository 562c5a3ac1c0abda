"""``Registrable``: registration and look-up of components by name."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params, Registrable, snapshot
from spanreg.registry.registrable import is_base, registered_names


class Sound(Registrable):
    pass


@Sound.register("bark")
class Bark(Sound):
    """Says woof.

    At night.
    """

    def __init__(self, times: int = 1) -> None:
        self.times = times


@Sound.register("meow")
@Sound.register("loud_meow", constructor="loud")
class Meow(Sound):
    def __init__(self, volume: int = 1) -> None:
        self.volume = volume

    @classmethod
    def loud(cls, factor: int = 2) -> Meow:
        return cls(volume=10 * factor)


class Howl(Sound):
    """Not registered."""

    def __init__(self, minutes: int = 1) -> None:
        self.minutes = minutes

    @classmethod
    def make(cls) -> Howl:
        raise AssertionError("only a registered constructor is called")


def make_bark() -> Bark:
    raise AssertionError("only a registered function is called")


class Quiet(Registrable):
    default_implementation = "hush"


@Quiet.register("whisper")
@Quiet.register("hush")
class Hush(Quiet):
    pass


def test_by_name_and_resolve_class_name() -> None:
    assert Sound.by_name("bark") is Bark
    assert Sound.by_name("loud_meow")().volume == 20
    assert Sound.resolve_class_name("loud_meow") == (Meow, "loud")
    assert Sound.resolve_class_name("bark") == (Bark, None)


def test_an_unknown_name_is_reported_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Sound.by_name("barc")
    assert str(caught.value) == (
        "'barc' is not registered for Sound. did you mean 'bark'? registered: loud_meow, meow; include your own "
        "component with --include-package, or install the package that has it"
    )


def test_a_name_of_another_family_is_reported() -> None:
    with pytest.raises(ConfigurationError, match="registered: bark, loud_meow, meow; 'hush' is a Quiet"):
        Sound.by_name("hush")


def test_the_default_implementation_is_listed_first() -> None:
    assert Sound.list_available() == ["bark", "loud_meow", "meow"]
    assert Quiet.list_available() == ["hush", "whisper"]
    assert Quiet.from_params(Params({})).to_params().as_dict() == {"type": "hush"}


def test_a_default_implementation_that_is_not_registered_is_reported() -> None:
    class Lost(Registrable):
        default_implementation = "nowhere"

    with pytest.raises(ConfigurationError, match="the default implementation 'nowhere' of Lost is not registered"):
        Lost.list_available()


def test_a_family_without_components_is_reported() -> None:
    class Bare(Registrable):
        pass

    with pytest.raises(ConfigurationError, match="Bare needs a 'type'. register a subclass, or include the package"):
        Bare.from_params(Params({}))


def test_describe_available_returns_summaries_classes_and_lines() -> None:
    described = {component.name: component for component in Sound.describe_available()}
    assert described["bark"].summary == "Says woof."
    assert (described["bark"].cls, described["loud_meow"].cls) == ("Bark", "Meow.loud")
    assert Path(__file__).read_text().splitlines()[described["bark"].line - 1] == "class Bark(Sound):"


def test_a_duplicate_names_both_classes() -> None:
    with pytest.raises(ConfigurationError) as caught:

        @Sound.register("bark")
        class Other(Sound):
            pass

    assert str(caught.value) == (
        f"'bark' is already registered for Sound: by {__name__}.Bark, and now by "
        f"{__name__}.test_a_duplicate_names_both_classes.<locals>.Other. "
        "choose another name, or pass exist_ok=True to replace it"
    )
    assert Sound.by_name("bark") is Bark


def test_a_duplicate_replaces_with_exist_ok() -> None:
    @Sound.register("bark", exist_ok=True)
    class OtherBark(Sound):
        pass

    assert Sound.by_name("bark") is OtherBark


def test_a_notebook_cell_that_runs_again_replaces_its_class() -> None:
    cell = "@Sound.register('cell')\nclass Cell(Sound):\n    number = {}\n"
    space = {"Sound": Sound, "__name__": "__main__"}
    for number in (1, 2):
        exec(cell.format(number), space)
    assert Sound.by_name("cell") is space["Cell"]
    assert space["Cell"].number == 2  # type: ignore[attr-defined]


def test_dotted_names_of_subclasses_are_resolved() -> None:
    assert Sound.by_name(f"{__name__}.Bark") is Bark
    assert Sound.from_params(Params({"type": f"{__name__}.Bark", "times": 3})).times == 3
    assert Sound.from_params(Params({"type": f"{__name__}.Meow.loud", "factor": 3})).volume == 30
    assert Sound.from_params(Params({"type": f"{__name__}.Howl", "minutes": 3})).minutes == 3


def test_dotted_names_of_other_objects_are_refused() -> None:
    for name in ("pathlib.Path", "os.sep", "os.system", f"{__name__}.Howl.make", f"{__name__}.make_bark"):
        with pytest.raises(ConfigurationError, match=f"'{name}' is not a subclass of Sound. name a subclass of Sound"):
            Sound.by_name(name)
    with pytest.raises(ConfigurationError, match=f"'{__name__}.Hawl' does not exist: .* did you mean 'Howl'?"):
        Sound.by_name(f"{__name__}.Hawl")


def test_dotted_names_outside_included_packages_are_not_imported() -> None:
    for name in ("no_such_package.Bark", "antigravity.Sound"):
        with pytest.raises(ConfigurationError, match=f"'{name}' is in a package that is not included. if you trust"):
            Sound.by_name(name)
    assert "antigravity" not in sys.modules


def test_registered_names_and_is_base() -> None:
    assert registered_names(Meow) == ["loud_meow", "meow"]
    assert registered_names(Sound) == []
    assert is_base(Sound)
    assert not is_base(Bark)
    assert not is_base(int)


def test_to_params_has_the_registered_name() -> None:
    assert Bark(times=2).to_params().as_dict() == {"type": "bark", "times": 2}
    loud = Sound.from_params(Params({"type": "loud_meow", "factor": 3}))
    assert loud.to_params().as_dict() == {"type": "loud_meow", "factor": 3}


def test_from_params_of_a_component_accepts_its_own_type_only() -> None:
    assert Bark.from_params(Params({"type": "bark", "times": 2})).times == 2
    with pytest.raises(ConfigurationError, match="type: is not an argument of Bark"):
        Bark.from_params(Params({"type": "meow", "times": 2}))


def test_a_snapshot_restores_the_registry() -> None:
    with snapshot():

        @Sound.register("gone")
        class Gone(Sound):
            pass

        Registrable._registry[Sound].pop("bark")
        assert sorted(Sound.list_available()) == ["gone", "loud_meow", "meow"]
    assert Sound.list_available() == ["bark", "loud_meow", "meow"]


def test_threads_register_and_resolve_concurrently() -> None:
    errors: list[Exception] = []
    start = threading.Barrier(8)

    def register_and_resolve(number: int) -> None:
        try:
            start.wait()
            for index in range(50):
                name = f"sound_{number}_{index}"
                new_class: Any = type(name, (Sound,), {"__module__": __name__})
                Sound.register(name)(new_class)
                assert Sound.by_name(name) is new_class
                Sound.list_available()
                assert Sound.from_params(Params({"type": "bark", "times": index})).times == index
        except Exception as error:
            errors.append(error)

    # Threads alternate every 10 us instead of 5 ms, so that a missing lock shows.
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=register_and_resolve, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(0.005)
    assert errors == []
    assert len(Sound.list_available()) == 3 + 8 * 50


def test_only_one_of_several_threads_registers_a_name() -> None:
    start = threading.Barrier(8)
    refused = []

    def register(number: int) -> None:
        new_class: Any = type(f"Rival{number}", (Sound,), {"__module__": __name__})
        start.wait()
        try:
            Sound.register("rival")(new_class)
        except ConfigurationError:
            refused.append(number)

    threads = [threading.Thread(target=register, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
