"""statement: the result in sentences, with the numbers of the table and no claim beyond its stars."""

from __future__ import annotations

from typing import Any

from spanreg.studies.report.statement import MOST_NAMED, statement

Facts = dict[str, Any]


def without_stars(facts: Facts) -> Facts:
    """Return the facts with no significant difference."""
    for arm in facts["arms"]:
        if arm["comparison"]:
            arm["comparison"].update(p_adjusted=0.4, significant=False)
    return facts


def test_the_statement_has_every_number(facts: Facts) -> None:
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


def test_only_arms_with_a_star_are_called_significantly_better(facts: Facts) -> None:
    text = " ".join(statement(facts))
    for arm in facts["arms"]:
        if found := arm["comparison"]:
            word = "better" if found["difference"] > 0 else "worse"
            assert (f"'{arm['name']}' was significantly {word}" in text) == found["significant"]
    assert "significantly" not in " ".join(statement(without_stars(facts)))


def test_a_smaller_loss_is_called_better(facts: Facts) -> None:
    first = next(arm for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["significant"])
    first["greater_is_better"] = False
    word = "worse" if first["comparison"]["difference"] > 0 else "better"
    assert f"'{first['name']}' was significantly {word}" in " ".join(statement(facts))


def test_arms_beyond_the_first_are_counted(facts: Facts) -> None:
    starred = next(arm for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["significant"])
    undecided = next(arm for arm in facts["arms"] if arm["comparison"] and not arm["comparison"]["significant"])
    facts["arms"] += [{**starred, "name": f"starred {i}"} for i in range(20)]
    facts["arms"] += [{**undecided, "name": f"undecided {i}"} for i in range(20)]
    text = " ".join(statement(facts))
    # Of 21 better arms six are named; without a significant difference are the 20 copies and two arms of the study.
    assert text.count("was significantly better") == MOST_NAMED
    assert "15 further arms were significantly better, by +25.00 to +25.00 points." in text
    assert "For 22 arms no significant difference was found" in text


def test_a_shown_equivalence_is_stated(facts: Facts) -> None:
    arm = next(arm for arm in facts["arms"] if arm["comparison"] and not arm["comparison"]["significant"])
    arm["comparison"]["equivalence"] = {"shown": True, "p_adjusted": 0.0004}
    text = " ".join(statement({**facts, "margin": 3.0}))
    assert f"a difference of 3 points or more is ruled out for '{arm['name']}' (p < 0.001)." in text


def test_untested_differences_are_called_untested(facts: Facts) -> None:
    for arm in facts["arms"]:
        if arm["comparison"]:
            arm["comparison"].update(p=None, p_adjusted=None, low=None, high=None, significant=False)
    text = " ".join(statement(facts))
    assert "Not tested: " in text
    assert "a test needs 3 seeds" in text
    assert "significant" not in text


def test_each_task_has_a_paragraph(task_facts: Facts) -> None:
    paragraphs = statement(task_facts)
    assert len(paragraphs) == 3
    assert paragraphs[0].startswith("On validation of cola (160 examples)")
    assert paragraphs[1].startswith("On validation of rte (120 examples)")


def test_a_task_without_a_finished_baseline(facts: Facts) -> None:
    facts["arms"] = facts["arms"][1:]
    assert statement(facts)[0] == "On validation of idioms (160 examples), no run of a baseline is finished."
