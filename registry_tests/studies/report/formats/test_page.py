"""The page of a report: its content, and its appearance in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.formats.page import MOST_POINTS

ODD = "<b>odd</b> & | name_%"


def page_of(facts: dict[str, Any]) -> str:
    """The page with every section that the facts have something for."""
    return spell_document(report_from(facts), "html")


def embedded(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', text, flags=re.DOTALL)
    assert found
    facts: dict[str, Any] = json.loads(found[1])
    return facts


def test_the_facts_stand_in_it_whatever_texts_they_have(facts: dict[str, Any]) -> None:
    text = page_of(facts)
    found = embedded(text)
    assert {name: found[name] for name in facts} == json.loads(json.dumps(facts))
    assert found.keys() - facts.keys() == {"notes", "left", "panels"}
    assert text.count("</script>") == 2
    assert page_of({**facts, "about": "lone \ud800 surrogate"}).encode()


def test_it_loads_nothing_from_anywhere(facts: dict[str, Any]) -> None:
    shell = page_of({**facts, "unfinished": [], "examples": {}})
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", shell)
    assert set(re.findall(r"href: ?(.)#", shell)) == {"`"}, "links within the page, which a script adds"
    assert set(re.findall(r"https?://[^\"]+", shell)) == {"http://www.w3.org/2000/svg"}, "a name, no address"


def test_long_curves_are_thinned(facts: dict[str, Any]) -> None:
    loss = [{"step": step, "loss": 1.0} for step in range(5001)]
    facts["arms"][0]["curves"] = [{"seed": 1, "loss": loss, "evaluations": []}]
    shown = embedded(page_of(facts))["arms"][0]["curves"][0]["loss"]
    assert len(shown) <= MOST_POINTS + 1
    assert (shown[0]["step"], shown[-1]["step"]) == (0, 5000)


READ = """
const shown = (query) => [...document.querySelectorAll(query)];
return {
  arms: shown("tr.arm").map((row) => row.dataset.arm),
  scores: shown("td.score").map((cell) => cell.textContent),
  differences: shown("td.difference").map((cell) => cell.textContent),
  plots: shown("#arms .mean").length, seeds: shown("#arms .seed").length,
  headline: place("headline").textContent, warning: place("warnings").textContent,
  heat: shown("#heat td").map((cell) => cell.textContent), lines: shown("#loss polyline").length,
  injected: shown("b, img").length, sections: shown("section").filter((one) => !one.hidden).map((one) => one.id),
  contents: shown("#contents a").map((link) => link.getAttribute("href")),
  histograms: shown("#histograms figure").length, examples: shown(".example").length,
  marks: shown(".example mark").map((mark) => mark.textContent),
  wide: document.documentElement.scrollWidth - innerWidth,
  paper: getComputedStyle(document.body).backgroundColor,
};
"""


def plain(text: str) -> str:
    return text.replace("\u2212", "-")


class Page:
    """A page in a browser."""

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
        found: dict[str, Any] = self.browser.execute_script(READ)
        return found

    def click(self, query: str) -> dict[str, Any]:
        self.browser.find_element("css selector", query).click()
        return self.read()

    def choose(self, field: str, value: str) -> dict[str, Any]:
        script = """
        const [field, value] = [place(arguments[0]), arguments[1]];
        field.value = value;
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind));
        """
        self.browser.execute_script(script, field, value)
        return self.read()


def test_a_browser_shows_it(facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(facts), encoding="utf-8")
    shown = Page(browser)
    _as_the_facts(shown.open(path), facts)
    _filters_and_sorts(shown, facts)
    _tells_more(shown)
    dark, phone = shown.open(path, scheme="dark"), shown.open(path, width=360)
    assert dark["paper"] != phone["paper"]
    assert shown.click("#theme")["paper"] == phone["paper"]
    assert shown.click("#theme")["paper"] == dark["paper"]
    assert phone["wide"] <= 0
    assert phone["arms"] == dark["arms"]
    assert browser.get_log("browser") == []


def test_interactions_and_an_empty_filter(facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    row = {"piece": "<i>dictionary</i>", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1, "high": 0.2}
    facts["interactions"] = [{**row, "task": "idioms", "p": 0.0004, "seeds": [1, 2, 3], "verdict": "redundant"}]
    facts["examples"] = {}
    path = tmp_path / "report.html"
    path.write_text(page_of(facts), encoding="utf-8")
    shown = Page(browser)
    seen = shown.open(path)
    assert "pieces" in seen["sections"]
    assert "examples" not in seen["sections"]
    cells = browser.execute_script(
        "return [...document.querySelectorAll('#interactions td')].map((cell) => cell.textContent)"
    )
    assert cells == [row["piece"], "+20.00", "+5.00", "+15.00", "+10.00 to +20.00", "< 0.001", "redundant"]
    assert shown.choose("by-name", "no such arm")["arms"] == ["plain"]
    assert browser.get_log("browser") == []


def test_a_grid_of_several_tasks(task_facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    """Each task is a column with its own baseline, metric and examples."""
    path = tmp_path / "report.html"
    path.write_text(page_of({**task_facts, "examples": {}}), encoding="utf-8")
    seen = Page(browser).open(path)
    arms = {arm["name"]: arm for arm in task_facts["arms"]}
    cnn = [arms[f"data.task={task},aggregator=cnn"]["comparison"] for task in ("cola", "rte")]
    told = [f"{100 * one['difference']:+.2f}{'*' if one['significant'] else ''}" for one in cnn]
    assert [plain(text) for text in seen["heat"]] == ["+0.00baseline", "+0.00baseline", *told]
    assert [one["significant"] for one in cnn] == [True, False]
    assert seen["scores"] == [f"{100 * arm['mean']:.2f} ± {100 * arm['deviation']:.2f}" for arm in task_facts["arms"]]
    assert seen["differences"].count("baseline") == 2
    assert browser.get_log("browser") == []


def test_what_is_not_compared_or_not_tested_says_so(facts: dict[str, Any], browser: Any, tmp_path: Path) -> None:
    alone, untested = facts["arms"][1], facts["arms"][2]
    alone.update(against=None, comparison=None)
    untested["comparison"].update(p_seeds=None, p=None, p_adjusted=None, significant=False)
    path = tmp_path / "report.html"
    path.write_text(page_of(facts), encoding="utf-8")
    shown = Page(browser)
    assert shown.open(path)["differences"][:2] == ["baseline", ""]
    for arm in (alone, untested):
        browser.execute_script("toggle(arguments[0])", arm["name"])
    details = browser.execute_script(
        "return [...document.querySelectorAll('#arms .detail')].map((one) => one.textContent)"
    )
    assert "compared withnothing: no arm differs from the baseline only in its data" in details[0]
    assert "two-way test of seeds and examplespnot computed" in details[1]
    assert "paired t-test (over seeds)not computed" in details[1]
    assert browser.get_log("browser") == []


def _as_the_facts(seen: dict[str, Any], facts: dict[str, Any]) -> None:
    assert seen["arms"] == [arm["name"] for arm in facts["arms"]]
    assert seen["headline"] == facts["headline"]
    scores = [
        f"{100 * arm['mean']:.2f} ± {100 * arm['deviation']:.2f}" if arm["scores"] else "failed"
        for arm in facts["arms"]
    ]
    assert seen["scores"] == scores
    compared = [arm for arm in facts["arms"] if arm["comparison"]]
    told = [
        f"{100 * arm['comparison']['difference']:+.2f}{'*' if arm['comparison']['significant'] else ''}"
        for arm in compared
    ]
    assert [plain(text) for text in seen["differences"]] == ["baseline", *told, ""]
    assert (seen["plots"], seen["seeds"]) == (4, 12)
    assert [plain(text) for text in seen["heat"]] == [told[0], told[1], told[2], "\u2013"]
    assert seen["lines"] == 8, "five means and the seeds of one arm"
    assert seen["injected"] == 0
    assert "</script><img src=x onerror=alert(1)>" in seen["warning"]
    drawn = ["results", "grid", "costs", "curves", "spans", "examples", "configs", "origin"]
    assert seen["sections"] == ["results", "panel-statement", *drawn[1:]]
    assert seen["contents"] == [f"#{name}" for name in seen["sections"]]
    assert seen["histograms"] == 1
    assert seen["examples"] > 2
    assert seen["wide"] <= 0


def _filters_and_sorts(shown: Page, facts: dict[str, Any]) -> None:
    found = [arm["name"] for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["significant"]]
    assert shown.click("#significant")["arms"] == ["plain", *found]
    assert len(shown.click("#significant")["arms"]) == 6
    assert shown.choose("by-name", "ODD")["arms"] == ["plain", ODD]
    shown.choose("by-name", "")
    assert shown.choose("by-tag", "cnn")["arms"] == ["plain", *[name for name in facts_names(facts) if "cnn" in name]]
    shown.choose("by-tag", "")
    by_score = sorted((arm for arm in facts["arms"] if arm["scores"]), key=lambda arm: arm["mean"])
    rising = shown.click("#arms th:nth-child(2) button")["arms"]
    assert rising == [*[arm["name"] for arm in by_score], "late"]
    assert shown.click("#arms th:nth-child(2) button")["arms"] == [*rising[-2::-1], "late"]
    assert shown.click("#arms th:nth-child(2) button")["arms"] == facts_names(facts)


def _tells_more(shown: Page) -> None:
    browser = shown.browser
    shown.click("tr.arm:nth-child(2) button")
    detail = browser.find_element("css selector", "tr.detail").get_property("textContent")
    assert detail.index("Decisive test") < detail.index("Other tests, not decisive") < detail.index("McNemar")
    assert re.search(r"McNemar's test, by seed \(over examples\)1: \d+ fixed, \d+ broken", detail)
    assert "classexamplesprecisionrecallF1no72" in detail
    browser.execute_script(
        "document.querySelector('#arms .seed').dispatchEvent(new Event('pointerover', {bubbles: true}))"
    )
    assert re.fullmatch(r"seed 1: [+\u2212]\d+\.\d\d", browser.find_element("id", "tip").text)


def facts_names(facts: dict[str, Any]) -> list[str]:
    return [arm["name"] for arm in facts["arms"]]
