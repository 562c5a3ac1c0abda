"""The HTML page of a report: its content, and its behaviour in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.formats.page import MOST_POINTS

HOSTILE_ARM = "<b>odd</b> & | name_%"


def report_page(facts: dict[str, Any]) -> str:
    """Return the page of a report with every section that its facts have content for."""
    return spell_document(report_from(facts), "html")


def embedded_facts(text: str) -> dict[str, Any]:
    """Return the facts that a page contains as JSON."""
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', text, flags=re.DOTALL)
    assert found
    facts: dict[str, Any] = json.loads(found[1])
    return facts


def test_a_page_contains_its_facts(facts: dict[str, Any]) -> None:
    text = report_page(facts)
    found = embedded_facts(text)
    assert {name: found[name] for name in facts} == json.loads(json.dumps(facts))
    assert found.keys() - facts.keys() == {"notes", "left", "panels"}
    assert text.count("</script>") == 2
    assert report_page({**facts, "about": "lone \ud800 surrogate"}).encode()


def test_a_page_loads_no_resources(facts: dict[str, Any]) -> None:
    text = report_page({**facts, "unfinished": [], "examples": {}})
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", text)
    assert set(re.findall(r"href: ?(.)#", text)) == {"`"}, "a script adds links within the page only"
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}, "the name of a namespace"


def test_long_curves_are_thinned(facts: dict[str, Any]) -> None:
    loss = [{"step": step, "loss": 1.0} for step in range(5001)]
    facts["arms"][0]["curves"] = [{"seed": 1, "loss": loss, "evaluations": []}]
    shown = embedded_facts(report_page(facts))["arms"][0]["curves"][0]["loss"]
    assert len(shown) <= MOST_POINTS + 1
    assert (shown[0]["step"], shown[-1]["step"]) == (0, 5000)


READ_PAGE = """
const shown = (query) => [...document.querySelectorAll(query)];
return {
  arms: shown("tr.arm").map((row) => row.dataset.arm),
  scores: shown("td.score").map((cell) => cell.textContent),
  differences: shown("td.difference").map((cell) => cell.textContent),
  plots: shown("#arms .mean").length, seeds: shown("#arms .seed").length,
  headline: place("headline").textContent, warning: place("warnings").textContent,
  heat: shown("#heat td").map((cell) => cell.textContent), lines: shown("#loss polyline").length,
  injected: shown("b, img").length,
  sections: shown("section").filter((section) => !section.hidden).map((section) => section.id),
  contents: shown("#contents a").map((link) => link.getAttribute("href")),
  histograms: shown("#histograms figure").length, examples: shown(".example").length,
  marks: shown(".example mark").map((mark) => mark.textContent),
  wide: document.documentElement.scrollWidth - innerWidth,
  background: getComputedStyle(document.body).backgroundColor,
};
"""


def with_hyphens(text: str) -> str:
    """Return a text with hyphens in place of minus signs."""
    return text.replace("\u2212", "-")


class BrowserPage:
    """Report page in a browser; its methods return what the page then shows, as ``READ_PAGE`` reads it."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def open(self, path: Path, width: int = 1100, scheme: str = "light") -> dict[str, Any]:
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.browser.get(path.as_uri())
        return self.read()

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.browser.execute_script(READ_PAGE)
        return found

    def click(self, query: str) -> dict[str, Any]:
        self.browser.find_element("css selector", query).click()
        return self.read()

    def fill(self, field: str, value: str) -> dict[str, Any]:
        script = """
        const [field, value] = [place(arguments[0]), arguments[1]];
        field.value = value;
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind));
        """
        self.browser.execute_script(script, field, value)
        return self.read()


def test_a_browser_shows_filters_and_sorts_a_report(facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_page(facts), encoding="utf-8")
    page = BrowserPage(browser)
    check_content(page.open(path), facts)
    check_filters_and_sorting(page, facts)
    check_details(page)
    dark, phone = page.open(path, scheme="dark"), page.open(path, width=360)
    assert dark["background"] != phone["background"]
    assert page.click("#theme")["background"] == phone["background"]
    assert page.click("#theme")["background"] == dark["background"]
    assert phone["wide"] <= 0
    assert phone["arms"] == dark["arms"]
    assert browser.get_log("browser") == []


def test_a_browser_shows_interactions_and_an_empty_filter(facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    row = {"piece": "<i>dictionary</i>", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1, "high": 0.2}
    facts["interactions"] = [{**row, "task": "idioms", "p": 0.0004, "seeds": [1, 2, 3], "verdict": "redundant"}]
    facts["examples"] = {}
    path = tmp_path / "report.html"
    path.write_text(report_page(facts), encoding="utf-8")
    page = BrowserPage(browser)
    seen = page.open(path)
    assert "pieces" in seen["sections"]
    assert "examples" not in seen["sections"]
    cells = browser.execute_script(
        "return [...document.querySelectorAll('#interactions td')].map((cell) => cell.textContent)"
    )
    assert cells == [row["piece"], "+20.00", "+5.00", "+15.00", "+10.00 to +20.00", "< 0.001", "redundant"]
    assert page.fill("by-name", "no such arm")["arms"] == ["plain"]
    assert browser.get_log("browser") == []


def test_a_browser_shows_a_grid_of_several_tasks(task_facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_page({**task_facts, "examples": {}}), encoding="utf-8")
    seen = BrowserPage(browser).open(path)
    arms = {arm["name"]: arm for arm in task_facts["arms"]}
    cnn = [arms[f"data.task={task},aggregator=cnn"]["comparison"] for task in ("cola", "rte")]
    differences = [f"{100 * found['difference']:+.2f}{'*' if found['significant'] else ''}" for found in cnn]
    # Each task is a column with its own baseline.
    assert [with_hyphens(text) for text in seen["heat"]] == ["+0.00baseline", "+0.00baseline", *differences]
    assert [found["significant"] for found in cnn] == [True, False]
    assert seen["scores"] == [f"{100 * arm['mean']:.2f} ± {100 * arm['deviation']:.2f}" for arm in task_facts["arms"]]
    assert seen["differences"].count("baseline") == 2
    assert browser.get_log("browser") == []


def test_details_name_missing_comparisons_and_tests(facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    uncompared, untested = facts["arms"][1], facts["arms"][2]
    uncompared.update(against=None, comparison=None)
    untested["comparison"].update(p_seeds=None, p=None, p_adjusted=None, significant=False)
    path = tmp_path / "report.html"
    path.write_text(report_page(facts), encoding="utf-8")
    page = BrowserPage(browser)
    assert page.open(path)["differences"][:2] == ["baseline", ""]
    for arm in (uncompared, untested):
        browser.execute_script("toggle(arguments[0])", arm["name"])
    details = browser.execute_script(
        "return [...document.querySelectorAll('#arms .detail')].map((row) => row.textContent)"
    )
    assert "compared withnothing: no arm differs from the baseline only in its data" in details[0]
    assert "two-way test of seeds and examplespnot computed" in details[1]
    assert "paired t-test (over seeds)not computed" in details[1]
    assert browser.get_log("browser") == []


def check_content(seen: dict[str, Any], facts: dict[str, Any]) -> None:
    """Check that a page shows its facts, each section, and nothing from hostile texts."""
    assert seen["arms"] == [arm["name"] for arm in facts["arms"]]
    assert seen["headline"] == facts["headline"]
    scores = [
        f"{100 * arm['mean']:.2f} ± {100 * arm['deviation']:.2f}" if arm["scores"] else "failed"
        for arm in facts["arms"]
    ]
    assert seen["scores"] == scores
    comparisons = [arm["comparison"] for arm in facts["arms"] if arm["comparison"]]
    differences = [f"{100 * found['difference']:+.2f}{'*' if found['significant'] else ''}" for found in comparisons]
    assert [with_hyphens(text) for text in seen["differences"]] == ["baseline", *differences, ""]
    assert (seen["plots"], seen["seeds"]) == (4, 12), "four compared arms of three seeds"
    # The fourth combination of the grid has no arm.
    assert [with_hyphens(text) for text in seen["heat"]] == [*differences[:3], "\u2013"]
    assert seen["lines"] == 8, "five means and the seeds of one arm"
    assert seen["injected"] == 0
    assert "</script><img src=x onerror=alert(1)>" in seen["warning"]
    drawn = ["grid", "costs", "curves", "spans", "examples", "configs", "origin"]
    assert seen["sections"] == ["results", "panel-statement", *drawn]
    assert seen["contents"] == [f"#{name}" for name in seen["sections"]]
    assert seen["histograms"] == 1
    assert seen["examples"] > 2
    assert seen["wide"] <= 0


def check_filters_and_sorting(page: BrowserPage, facts: dict[str, Any]) -> None:
    """Check the arms that remain after each filter, and their order after sorting by score."""
    significant = [arm["name"] for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["significant"]]
    assert page.click("#significant")["arms"] == ["plain", *significant]
    assert len(page.click("#significant")["arms"]) == 6
    assert page.fill("by-name", "ODD")["arms"] == ["plain", HOSTILE_ARM]
    page.fill("by-name", "")
    assert page.fill("by-tag", "cnn")["arms"] == ["plain", *[name for name in arm_names(facts) if "cnn" in name]]
    page.fill("by-tag", "")
    by_score = sorted((arm for arm in facts["arms"] if arm["scores"]), key=lambda arm: arm["mean"])
    rising = page.click("#arms th:nth-child(2) button")["arms"]
    assert rising == [*[arm["name"] for arm in by_score], "late"]
    assert page.click("#arms th:nth-child(2) button")["arms"] == [*rising[-2::-1], "late"]
    assert page.click("#arms th:nth-child(2) button")["arms"] == arm_names(facts)


def check_details(page: BrowserPage) -> None:
    """Check the details of an arm, and the note at a point of the plot."""
    browser = page.browser
    page.click("tr.arm:nth-child(2) button")
    detail = browser.find_element("css selector", "tr.detail").get_property("textContent")
    assert detail.index("Decisive test") < detail.index("Other tests, not decisive") < detail.index("McNemar")
    assert re.search(r"McNemar's test, by seed \(over examples\)1: \d+ fixed, \d+ broken", detail)
    assert "classexamplesprecisionrecallF1no72" in detail
    browser.execute_script(
        "document.querySelector('#arms .seed').dispatchEvent(new Event('pointerover', {bubbles: true}))"
    )
    assert re.fullmatch(r"seed 1: [+\u2212]\d+\.\d\d", browser.find_element("id", "tip").text)


def arm_names(facts: dict[str, Any]) -> list[str]:
    """Return the names of the arms in the order of the facts."""
    return [arm["name"] for arm in facts["arms"]]
