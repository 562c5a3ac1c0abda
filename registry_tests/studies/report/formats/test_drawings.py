"""Drawings of the report page, for equal, missing, tiny and huge values, and from one arm to forty."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from spanreg.studies.report.formats.document import report_from, spell_document

Facts = dict[str, Any]

RANGES = [
    [0.0, 0.0],
    [70.1, 70.1],
    [0.0, 1.4e-14],
    [70.1, 70.1 + 1.4e-14],
    [-1e-300, 1e-300],
    [1e-12, 3e-12],
    [1e15, 1e15 + 0.25],
    [-1e300, 1e300],
    [-1.7e308, 1.7e308],
    [5.0],
    [],
    [None, 3.0],
    [0.1, 0.35, 0.9],
]
"Values on an axis; a missing one is None."

COMPUTE_TICKS = """
return arguments[0].map((values) => {
  const [low, high] = padded(values.map((value) => value === null ? NaN : value));
  const { found, digits } = ticksOf(low, high, 5);
  return { low, high, found, digits, labels: found.map((tick) => fixed(tick, digits)) };
});
"""


def report_page(facts: dict[str, Any]) -> str:
    """Return the page of a report with every section that its facts have content for."""
    return spell_document(report_from(facts), "html")


def open_page(browser: Any, path: Path, facts: Facts, width: int = 1100) -> str:
    """Open a page and its details, check that the console has no message, and return the HTML of the page."""
    path.write_text(report_page(facts), encoding="utf-8")
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(path.as_uri())
    for arm in facts["arms"][:3]:
        browser.execute_script("toggle(arguments[0])", arm["name"])
    for choice in ("parameters_ratio", "memory_ratio", "seconds_ratio"):
        browser.execute_script("state.cost = arguments[0]; if (chosen.includes('cost')) showCost();", choice)
    assert browser.get_log("browser") == []
    html: str = browser.execute_script("return document.body.querySelector('main').outerHTML")
    return html


def test_every_range_has_a_scale_with_ticks(browser: Any, facts: Facts, tmp_path: Path) -> None:
    open_page(browser, tmp_path / "page.html", facts)
    for values, scale in zip(RANGES, browser.execute_script(COMPUTE_TICKS, RANGES), strict=True):
        assert scale["low"] < scale["high"], values
        assert 1 <= len(scale["found"]) <= 50, values
        assert scale["found"] == sorted(set(scale["found"])), values
        assert all(scale["low"] <= tick <= scale["high"] for tick in scale["found"]), values
        assert 0 <= scale["digits"] <= 12, values
        assert all(len(label) <= 24 for label in scale["labels"]), values


def test_the_page_rounds_as_the_other_formats(browser: Any, facts: Facts, tmp_path: Path) -> None:
    open_page(browser, tmp_path / "page.html", facts)
    # Scores of 160 examples and of four seeds on 1,000 examples, many of which are halves of a shown digit.
    values = [100 * (count / 160) for count in range(161)] + [100 * (count / 4000) for count in range(4001)]
    values += [-value for value in values[::7]] + [0.125, 0.375, 0.5, 1.5, 2.5, 0.005, 0.004999, 1234.125, 1234567.875]
    for digits in (0, 2, 4):
        shown = browser.execute_script("return arguments[0].map((one) => fixed(one, arguments[1]))", values, digits)
        # A value that rounds to zero has no sign.
        expected = [re.sub(r"^-(?=[0.]*$)", "", f"{value:,.{digits}f}") for value in values]
        assert shown == [text.replace("-", "\u2212") for text in expected]


def with_differences(facts: Facts, change: Callable[[float, int], float | None]) -> Facts:
    """Change scores, differences and intervals of every arm by their value and the arm's position."""
    for position, arm in enumerate(facts["arms"]):
        arm["scores"] = [change(score, position) for score in arm["scores"]]
        if comparison := arm["comparison"]:
            comparison["differences"] = [change(difference, position) for difference in comparison["differences"]]
            for key in ("difference", "low", "high"):
                comparison[key] = change(comparison[key] or 0.0, position)
    return facts


def with_curves(facts: Facts, points: int, value: float) -> Facts:
    """Replace the learning curves of every arm by constant ones of a number of points."""
    for arm in facts["arms"]:
        loss = [{"step": step, "loss": value} for step in range(points)]
        scores = [{"step": step, "score": value} for step in range(points)]
        arm["curves"] = [{"seed": 1, "loss": loss, "evaluations": scores}]
    return facts


def with_only(facts: Facts, arms: list[dict[str, Any]]) -> Facts:
    """Return the facts of a study that has only these arms."""
    return {**facts, "arms": arms, "examples": {}, "unfinished": []}


def with_one_seed(facts: Facts) -> Facts:
    """Remove all seeds but one from every arm, and what needs more than one."""
    for arm in facts["arms"]:
        arm.update(seeds=arm["seeds"][:1], scores=arm["scores"][:1], deviation=None)
        if comparison := arm["comparison"]:
            for key in ("seeds", "differences", "mcnemar"):
                comparison[key] = comparison[key][:1]
            comparison.update(dict.fromkeys(("low", "high", "p", "p_adjusted", "effect", "detectable")))
            comparison["significant"] = False
    return facts


def with_forty_arms(facts: Facts) -> Facts:
    """Return facts of a baseline and 39 arms with long names."""
    baseline, arm = facts["arms"][0], facts["arms"][1]
    copies = [{**deepcopy(arm), "name": f"arm number {place} with a rather long name"} for place in range(39)]
    return with_only(facts, [baseline, *copies])


CASES: dict[str, Callable[[Facts], Facts]] = {
    "as it is": lambda facts: facts,
    "all arms tie": lambda facts: with_differences(facts, lambda _, __: 0.0),
    "all arms tie but for rounding": lambda facts: with_differences(facts, lambda _, place: place * 1.4e-16),
    "equal and not zero": lambda facts: with_differences(facts, lambda _, __: 0.25),
    "no number": lambda facts: with_differences(facts, lambda _, __: float("nan")),
    "no value": lambda facts: with_differences(facts, lambda _, __: None),
    "tiny": lambda facts: with_differences(facts, lambda value, _: value * 1e-9),
    "huge": lambda facts: with_differences(facts, lambda value, _: value * 1e250),
    "one seed": with_one_seed,
    "one arm": lambda facts: with_only(facts, facts["arms"][:1]),
    "no finished arm": lambda facts: with_only(facts, facts["arms"][-1:]),
    "forty arms": with_forty_arms,
    "flat curves": lambda facts: with_curves(facts, 5, 1.0),
    "curves of one point": lambda facts: with_curves(facts, 1, 1.0),
    "curves of no point": lambda facts: with_curves(facts, 0, 1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_a_page_has_no_invalid_number(name: str, browser: Any, facts: Facts, tmp_path: Path) -> None:
    changed = CASES[name](facts)
    html = open_page(browser, tmp_path / "page.html", changed)
    assert html.count('<tr class="arm') == len(changed["arms"])
    assert "Where this comes from" in html
    for invalid in ("NaN", "Infinity", "undefined"):
        assert invalid not in html, f"{invalid} in {html[max(html.index(invalid) - 120, 0) :][:240]}"


def test_a_single_evaluation_is_not_drawn_as_a_curve(browser: Any, facts: Facts, tmp_path: Path) -> None:
    visible = "return ['loss', 'score'].map((id) => place(id).offsetParent !== null)"
    open_page(browser, tmp_path / "page.html", with_curves(facts, 5, 1.0))
    assert browser.execute_script(visible) == [True, True]
    for arm in facts["arms"]:
        arm["curves"][0]["evaluations"] = arm["curves"][0]["evaluations"][:1]
    open_page(browser, tmp_path / "page.html", facts)
    assert browser.execute_script(visible) == [True, False]
    open_page(browser, tmp_path / "page.html", with_curves(facts, 1, 1.0))
    assert browser.execute_script("return place('curves') === null")


@pytest.mark.parametrize("width", [1400, 768, 390])
def test_no_cell_is_cut_off_at_any_width(width: int, browser: Any, facts: Facts, tmp_path: Path) -> None:
    open_page(browser, tmp_path / "page.html", with_forty_arms(facts), width)
    overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(overflow) <= 0
    # Every column of every arm can be read, as a cell of a table or of a card.
    count_cut_off = """
    const cells = [...document.querySelectorAll('#arms tr.arm td:not(:empty)')];
    const wide = document.documentElement.clientWidth + 1;
    return cells.filter((cell) => !cell.offsetWidth || cell.getBoundingClientRect().right > wide).length;
    """
    assert browser.execute_script(count_cut_off) == 0
    # Above 992 pixels, a table has headings; below, an arm is a card, and each value has a label.
    headings = browser.execute_script("return getComputedStyle(place('arms').tHead).display !== 'none'")
    labels = browser.execute_script(
        "return getComputedStyle(document.querySelector('#arms td.score'), '::before').content"
    )
    assert headings == (width > 992)
    assert ("accuracy" in labels) == (not headings)


def test_a_single_arm_has_scores_and_no_axis_of_differences(browser: Any, facts: Facts, tmp_path: Path) -> None:
    open_page(browser, tmp_path / "page.html", CASES["one arm"](facts))
    assert browser.execute_script("return document.querySelector('#results h2').textContent") == "Scores"
    assert browser.execute_script("return document.querySelector('#arms tfoot').offsetParent === null")
    assert "Grey: the other arms" not in browser.execute_script("return place('curves-caption').textContent")
