"""Every drawing of the page is complete for any values: equal, missing, tiny or huge ones, one arm or forty."""

from __future__ import annotations

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

TICKS = """
return arguments[0].map((values) => {
  const [low, high] = padded(values.map((value) => value === null ? NaN : value));
  const { found, digits } = ticksOf(low, high, 5);
  return { low, high, found, digits, labels: found.map((tick) => fixed(tick, digits)) };
});
"""


def page_of(facts: dict[str, Any]) -> str:
    """The page with every section that the facts have something for."""
    return spell_document(report_from(facts), "html")


def opened(browser: Any, path: Path, facts: Facts, width: int = 1100) -> str:
    """Return the texts and drawings of a page, after it was opened without a message in the console."""
    path.write_text(page_of(facts), encoding="utf-8")
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(path.as_uri())
    for name in [arm["name"] for arm in facts["arms"]][:3]:
        browser.execute_script("toggle(arguments[0])", name)
    for choice in ("parameters_ratio", "seconds_ratio"):
        browser.execute_script("state.cost = arguments[0]; if (chosen.includes('cost')) showCost();", choice)
    assert browser.get_log("browser") == []
    shown: str = browser.execute_script("return document.body.querySelector('main').outerHTML")
    return shown


def test_scales_hold_for_every_range(browser: Any, facts: Facts, tmp_path: Path) -> None:
    opened(browser, tmp_path / "page.html", facts)
    for values, scale in zip(RANGES, browser.execute_script(TICKS, RANGES), strict=True):
        assert scale["low"] < scale["high"], values
        assert 1 <= len(scale["found"]) <= 50, values
        assert scale["found"] == sorted(set(scale["found"])), values
        assert all(scale["low"] <= tick <= scale["high"] for tick in scale["found"]), values
        assert 0 <= scale["digits"] <= 12, values
        assert all(len(label) <= 24 for label in scale["labels"]), values


def with_differences(facts: Facts, change: Callable[[float, int], float | None]) -> Facts:
    """Return the facts with other differences, intervals and scores of every arm."""
    for place, arm in enumerate(facts["arms"]):
        own = arm["comparison"]
        arm["scores"] = [change(score, place) for score in arm["scores"]]
        if own:
            own["differences"] = [change(one, place) for one in own["differences"]]
            own.update({key: change(own[key] or 0.0, place) for key in ("difference", "low", "high")})
    return facts


def with_curves(facts: Facts, points: int, value: float) -> Facts:
    for arm in facts["arms"]:
        loss = [{"step": step, "loss": value} for step in range(points)]
        scores = [{"step": step, "score": value} for step in range(points)]
        arm["curves"] = [{"seed": 1, "loss": loss, "evaluations": scores}]
    return facts


def only(facts: Facts, arms: list[dict[str, Any]]) -> Facts:
    return {**facts, "arms": arms, "examples": {}, "unfinished": []}


def one_seed(facts: Facts) -> Facts:
    for arm in facts["arms"]:
        arm.update(seeds=arm["seeds"][:1], scores=arm["scores"][:1], deviation=None)
        if own := arm["comparison"]:
            own.update(seeds=own["seeds"][:1], differences=own["differences"][:1], mcnemar=own["mcnemar"][:1])
            own.update(
                dict.fromkeys(("low", "high", "p", "p_adjusted", "effect", "detectable"), None), significant=False
            )
    return facts


def forty(facts: Facts) -> Facts:
    baseline, arm = facts["arms"][0], facts["arms"][1]
    copies = [{**deepcopy(arm), "name": f"arm number {place} with a rather long name"} for place in range(39)]
    return only(facts, [baseline, *copies])


CASES: dict[str, Callable[[Facts], Facts]] = {
    "as it is": lambda facts: facts,
    "all arms tie": lambda facts: with_differences(facts, lambda _, __: 0.0),
    "all arms tie but for rounding": lambda facts: with_differences(facts, lambda _, place: place * 1.4e-16),
    "equal and not zero": lambda facts: with_differences(facts, lambda _, __: 0.25),
    "no number": lambda facts: with_differences(facts, lambda _, __: float("nan")),
    "no value": lambda facts: with_differences(facts, lambda _, __: None),
    "tiny": lambda facts: with_differences(facts, lambda value, _: value * 1e-9),
    "huge": lambda facts: with_differences(facts, lambda value, _: value * 1e250),
    "one seed": one_seed,
    "one arm": lambda facts: only(facts, facts["arms"][:1]),
    "no finished arm": lambda facts: only(facts, facts["arms"][-1:]),
    "forty arms": forty,
    "flat curves": lambda facts: with_curves(facts, 5, 1.0),
    "curves of one point": lambda facts: with_curves(facts, 1, 1.0),
    "curves of no point": lambda facts: with_curves(facts, 0, 1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_every_drawing_holds(name: str, browser: Any, facts: Facts, tmp_path: Path) -> None:
    changed = CASES[name](facts)
    shown = opened(browser, tmp_path / "page.html", changed)
    assert shown.count('<tr class="arm') == len(changed["arms"])
    assert "Where this comes from" in shown
    for broken in ("NaN", "Infinity", "undefined"):
        assert broken not in shown, f"{broken} in {shown[max(shown.index(broken) - 120, 0) :][:240]}"


def test_one_evaluation_makes_no_curve(browser: Any, facts: Facts, tmp_path: Path) -> None:
    visible = "return ['loss', 'score'].map((id) => place(id).offsetParent !== null)"
    opened(browser, tmp_path / "page.html", with_curves(facts, 5, 1.0))
    assert browser.execute_script(visible) == [True, True]
    for arm in facts["arms"]:
        arm["curves"][0]["evaluations"] = arm["curves"][0]["evaluations"][:1]
    opened(browser, tmp_path / "page.html", facts)
    assert browser.execute_script(visible) == [True, False]
    opened(browser, tmp_path / "page.html", with_curves(facts, 1, 1.0))
    assert browser.execute_script("return place('curves') === null")


@pytest.mark.parametrize("width", [1400, 768, 390])
def test_nothing_is_cut_off(width: int, browser: Any, facts: Facts, tmp_path: Path) -> None:
    opened(browser, tmp_path / "page.html", forty(facts), width)
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(wide) <= 0
    # every column of every arm is there to be read, as a cell of a table or of a card
    cut = """
    const cells = [...document.querySelectorAll('#arms tr.arm td:not(:empty)')];
    const wide = document.documentElement.clientWidth + 1;
    return cells.filter((cell) => !cell.offsetWidth || cell.getBoundingClientRect().right > wide).length;
    """
    assert browser.execute_script(cut) == 0
    headings = browser.execute_script("return getComputedStyle(place('arms').tHead).display !== 'none'")
    labels = browser.execute_script(
        "return getComputedStyle(document.querySelector('#arms td.score'), '::before').content"
    )
    assert headings == (width > 992)
    assert ("accuracy" in labels) == (not headings)


def test_one_arm_has_scores_and_no_axis_of_differences(browser: Any, facts: Facts, tmp_path: Path) -> None:
    opened(browser, tmp_path / "page.html", CASES["one arm"](facts))
    assert browser.execute_script("return document.querySelector('#results h2').textContent") == "Scores"
    assert browser.execute_script("return document.querySelector('#arms tfoot').offsetParent === null")
    assert "Grey: the other arms" not in browser.execute_script("return place('curves-caption').textContent")
