"""The result in full sentences has the table's numbers, and claims no more than its stars."""

from __future__ import annotations

from typing import Any

from spanreg.studies.report.statement import MOST_NAMED, statement

Facts = dict[str, Any]


def without_stars(facts: Facts) -> Facts:
    for arm in facts["arms"]:
        if arm["comparison"]:
            arm["comparison"].update(p_adjusted=0.4, significant=False)
    return facts


def test_every_number_is_in_it(facts: Facts) -> None:
    text = " ".join(statement(facts))
    for arm in facts["arms"]:
        if arm["scores"]:
            assert (
                f"{100 * arm['mean']:.2f} ± {100 * arm['deviation']:.2f} %" in text
                or not arm["comparison"]["significant"]
            )
        if found := arm["comparison"]:
            assert f"{100 * found['difference']:+.2f} points" in text
            assert f"95 % confidence interval {100 * found['low']:+.2f} to {100 * found['high']:+.2f}" in text
    assert "On validation of idioms (160 examples), the baseline 'plain' reached an accuracy of" in text
    assert "15 of 16 runs are finished, so these numbers are preliminary." in text
    assert "corrected for 4 comparisons by Holm's method; intervals are not corrected." in text


def test_it_calls_better_what_has_a_star(facts: Facts) -> None:
    text = " ".join(statement(facts))
    for arm in facts["arms"]:
        if found := arm["comparison"]:
            word = "better" if found["difference"] > 0 else "worse"
            assert (f"'{arm['name']}' was significantly {word}" in text) == found["significant"]
    assert "significantly" not in " ".join(statement(without_stars(facts)))


def test_a_smaller_loss_is_better(facts: Facts) -> None:
    first = next(arm for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["significant"])
    first["greater_is_better"] = False
    word = "worse" if first["comparison"]["difference"] > 0 else "better"
    assert f"'{first['name']}' was significantly {word}" in " ".join(statement(facts))


def test_many_arms_are_counted(facts: Facts) -> None:
    starred = next(arm for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["significant"])
    even = next(arm for arm in facts["arms"] if arm["comparison"] and not arm["comparison"]["significant"])
    facts["arms"] += [{**starred, "name": f"starred {i}"} for i in range(20)]
    facts["arms"] += [{**even, "name": f"even {i}"} for i in range(20)]
    text = " ".join(statement(facts))
    assert text.count("was significantly better") == MOST_NAMED
    assert "15 further arms were significantly better, by +25.00 to +25.00 points." in text
    assert "For 22 arms no significant difference was found" in text


def test_what_is_shown_to_be_small_is_not_just_undecided(facts: Facts) -> None:
    arm = next(arm for arm in facts["arms"] if arm["comparison"] and not arm["comparison"]["significant"])
    arm["comparison"]["equivalence"] = {"shown": True, "p_adjusted": 0.0004}
    text = " ".join(statement({**facts, "margin": 3.0}))
    assert f"a difference of 3 points or more is ruled out for '{arm['name']}' (p < 0.001)." in text


def test_what_is_not_tested_is_not_called_equal(facts: Facts) -> None:
    for arm in facts["arms"]:
        if arm["comparison"]:
            arm["comparison"].update(p=None, p_adjusted=None, low=None, high=None, significant=False)
    text = " ".join(statement(facts))
    assert "Not tested: " in text
    assert "a test needs 3 seeds" in text
    assert "significant" not in text


def test_one_paragraph_for_each_task(task_facts: Facts) -> None:
    paragraphs = statement(task_facts)
    assert len(paragraphs) == 3
    assert paragraphs[0].startswith("On validation of cola (160 examples)")
    assert paragraphs[1].startswith("On validation of rte (120 examples)")


def test_a_task_without_a_finished_baseline(facts: Facts) -> None:
    facts["arms"] = facts["arms"][1:]
    assert statement(facts)[0] == "On validation of idioms (160 examples), no run of a baseline is finished."
