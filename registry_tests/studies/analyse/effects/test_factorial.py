"""Effects of the axes of a study: their estimates and tests, and their table in the report."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from spanreg.studies.analyse.effects.factorial import FactorialEffect, factorial_effects
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.statistics.two_way import two_way_test
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.formats.document import report_from, spell_document

MakeStudy = Callable[..., Path]
SIZE = 200
RIGHT = {("none", "fixed"): 100, ("none", "random"): 102, ("cnn", "fixed"): 110, ("cnn", "random"): 160}
"Correct predictions of 200 by aggregator and segmenter: both together gain more than the sum of each alone."


def predictions(count: int, seed: int) -> list[int]:
    """Return predictions of which ``count + seed`` are correct, since all gold labels are 1."""
    return [1] * (count + seed) + [0] * (SIZE - count - seed)


def name_of(aggregator: str, segmenter: str) -> str:
    """Return the name of an arm."""
    return f"aggregator={aggregator},segmenter={segmenter}"


def study(make_study: MakeStudy, mode: str = "grid", cells: dict[tuple[str, str], int] = RIGHT) -> Path:
    """Return a study with the correct predictions of each arm; an empty level is that of the base."""
    by_arm = {name_of(*key): {seed: predictions(count, seed) for seed in (1, 2, 3)} for key, count in cells.items()}
    choices = {name_of(*key): dict(zip(("aggregator", "segmenter"), key, strict=True)) for key in cells}
    arms = {
        name: {"choice": {axis: level for axis, level in choice.items() if level}} for name, choice in choices.items()
    }
    return make_study(by_arm, [1] * SIZE, arms=arms, plan={"modes": [mode]})


def effects(folder: Path) -> dict[str, FactorialEffect]:
    """Return the effects of a study by their levels."""
    return {
        " x ".join(f"{axis}={level}" for axis, level in effect.levels.items()): effect
        for effect in factorial_effects(read_results(StudyReader(folder)))
    }


def test_the_effects_of_a_grid_equal_contrasts_of_its_arms(make_study: MakeStudy) -> None:
    found = effects(study(make_study))
    assert list(found) == ["aggregator=cnn", "segmenter=random", "aggregator=cnn x segmenter=random"]
    both = found["aggregator=cnn x segmenter=random"]
    assert both.estimate == pytest.approx((160 - 110 - 102 + 100) / SIZE)
    assert (both.order, both.reference) == (2, {"aggregator": "none", "segmenter": "fixed"})
    right = {key: np.array([predictions(count, seed) for seed in (1, 2, 3)], float) for key, count in RIGHT.items()}
    table = right["cnn", "random"] - right["cnn", "fixed"] - right["none", "random"] + right["none", "fixed"]
    test = two_way_test(table)
    assert test is not None
    assert (both.p, both.low, both.high) == pytest.approx((test.p, test.low, test.high))
    assert both.p_adjusted == both.p
    assert both.significant
    main = [found["aggregator=cnn"], found["segmenter=random"]]
    # Differences of 110 and of 102 correct predictions from the reference, 100.
    assert [effect.estimate for effect in main] == pytest.approx([10 / SIZE, 2 / SIZE])
    assert main[0].p is not None
    assert main[0].p_adjusted is not None
    assert main[0].p_adjusted >= main[0].p


def test_the_reference_of_pairs_is_the_base(make_study: MakeStudy) -> None:
    cells = {("", ""): 100, ("cnn", ""): 110, ("", "random"): 102, ("cnn", "random"): 160}
    found = effects(study(make_study, "pairs", cells))
    # 160 - 110 - 102 + 100
    assert found["aggregator=cnn x segmenter=random"].estimate == pytest.approx(48 / SIZE)
    assert found["aggregator=cnn"].reference == {"aggregator": "(base)"}


def test_a_base_beside_a_grid_does_not_change_its_effects(make_study: MakeStudy) -> None:
    found = effects(study(make_study, "grid", {("", ""): 90, **RIGHT}))
    assert found["aggregator=cnn x segmenter=random"].estimate == pytest.approx(48 / SIZE)


def test_one_at_a_time_has_no_factorial_effects(make_study: MakeStudy) -> None:
    assert effects(study(make_study, "one_at_a_time")) == {}


def test_a_grid_of_three_axes_has_their_interaction(make_study: MakeStudy) -> None:
    by_arm, choices = {}, {}
    # Each level adds 5 correct predictions of 200, and all three together 40 more.
    for key in product("01", repeat=3):
        name = ",".join(f"{axis}={level}" for axis, level in zip("abc", key, strict=True))
        by_arm[name] = {
            seed: predictions(80 + 5 * key.count("1") + 40 * (key == ("1",) * 3), seed) for seed in (1, 2, 3)
        }
        choices[name] = {"choice": dict(zip("abc", key, strict=True)), "config": {"data": {"type": "demo"}, "n": name}}
    folder = make_study(by_arm, [1] * SIZE, arms=choices, plan={"modes": ["grid"]})
    found = effects(folder)
    assert found["a=1 x b=1 x c=1"].estimate == pytest.approx(40 / SIZE)
    assert found["a=1 x b=1 x c=1"].significant
    assert found["a=1 x b=1"].estimate == pytest.approx(0)
    facts = report_facts(read_results(StudyReader(folder)))
    text = spell_document(report_from(facts, ["md"]), "md")
    assert "| a=1 x b=1 x c=1 | +20.00* |" in text
    assert "Reference levels: a=0, b=0, c=0." in text
