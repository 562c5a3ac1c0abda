"""A seeded sample of each campaign; ``make fuzz`` runs them whole."""

from __future__ import annotations

from random import Random

from registry_tests.campaigns import fuzz_constructors, fuzz_overrides, fuzz_registry
from registry_tests.campaigns.kinds import Choice, describe


def test_a_sample_of_the_registry_pairs() -> None:
    found, accepted = fuzz_registry.campaign(seed=3, pairs=300)
    assert found == []
    assert 100 < accepted < 200, "both verdicts are tried"


def test_a_sample_of_the_constructors() -> None:
    found, accepted = fuzz_constructors.campaign(seed=3, constructors=120)
    assert found == []
    assert 100 < accepted < 240, "both verdicts are tried"


def test_a_sample_of_the_overrides() -> None:
    assert fuzz_overrides.campaign(seed=3, overrides=600) == []


def test_the_campaigns_see_a_fault() -> None:
    """A campaign that compares with its own oracle must report a difference."""
    kind = Choice(("a", "b"))
    kind.build = lambda value: describe("c")  # type: ignore[method-assign]
    random = Random(1)
    assert list(fuzz_registry.faults_of(kind, "a", random)) == ["built ('str', \"'a'\"), the oracle ('str', \"'c'\")"]
    assert 'the plan says ["value: is 3' in next(fuzz_registry.faults_of(kind, 3, random))
