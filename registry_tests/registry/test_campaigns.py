"""Seeded samples of the fuzzing campaigns, which ``make fuzz`` runs in full."""

from __future__ import annotations

from random import Random

from registry_tests.campaigns import fuzz_constructors, fuzz_overrides, fuzz_registry
from registry_tests.campaigns.type_oracles import LiteralOracle, describe


def test_a_sample_of_the_registry_campaign_finds_no_fault() -> None:
    faults, accepted = fuzz_registry.campaign(seed=3, pairs=300)
    assert faults == []
    assert 100 < accepted < 200, "the sample should have both valid and invalid values"


def test_a_sample_of_the_constructor_campaign_finds_no_fault() -> None:
    faults, accepted = fuzz_constructors.campaign(seed=3, constructors=120)
    assert faults == []
    assert 100 < accepted < 240, "the sample should have both valid and invalid configs"


def test_a_sample_of_the_override_campaign_finds_no_fault() -> None:
    assert fuzz_overrides.campaign(seed=3, overrides=600) == []


def test_the_registry_campaign_reports_a_difference_from_its_oracle() -> None:
    oracle = LiteralOracle(("a", "b"))
    oracle.build = lambda value: describe("c")  # type: ignore[method-assign]
    random = Random(1)
    assert list(fuzz_registry.faults_of(oracle, "a", random)) == ["built ('str', \"'a'\"), the oracle ('str', \"'c'\")"]
    assert 'the plan says ["value: is 3' in next(fuzz_registry.faults_of(oracle, 3, random))
