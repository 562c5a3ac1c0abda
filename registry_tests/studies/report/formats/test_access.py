"""Accessibility of the report page: widths, colour schemes, keyboard, assistive technology and size."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.formats.page import LARGEST

Facts = dict[str, Any]

NAMED_ROLES = {"link", "button", "textbox", "searchbox", "combobox", "checkbox", "image", "img", "heading"}
"Roles that a screen reader announces by their names."


def with_content_for_every_panel(facts: Facts) -> Facts:
    """Return the facts with content for every panel, and a margin."""
    names = [arm["name"] for arm in facts["arms"][:3]]
    pairs = [
        {"first": first, "second": second, "difference": 0.02, "p_adjusted": 0.01, "significant": True}
        for first, second in combinations(names, 2)
    ]
    piece = {"piece": "p", "task": "idioms", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1}
    piece |= {"high": 0.2, "p": 0.01}
    points = [{"arm": "a", "examples": size, "mean": 0.5, "deviation": 0.01, "seeds": 3} for size in (16, 64)]
    search = {"budget": 4, "states": {"finished": 3}, "space": {}, "setting": {"rate": 0.1}, "at_edge": ("rate",)}
    ends = {"difference": 0.02, "interval": (0.0, 0.04), "tuned_difference": 0.03, "tuned_interval": (0.01, 0.05)}
    finding = {"code": "SR001", "title": "t", "arms": [], "problem": "p", "hint": "h", "page": "docs/checks.md#sr001"}
    setting = {"means": (0.6, 0.7), "interquartile_mean": None, "improvement": None}
    ranks = {"chi_square": 1.0, "p": 0.3, "critical_difference": 1.4, "average_ranks": (1.0, 2.0, 3.0)}
    return {
        **facts,
        "margin": 2.0,
        "pairs": [{"task": "t", "arms": names, "letters": dict.fromkeys(names, "a"), "pairs": pairs}],
        "interactions": [{**piece, "seeds": [1, 2], "verdict": "redundant"}],
        "size_curves": [{"label": "", "task": "t", "metric": "accuracy", "points": points}],
        "tuning": [
            {"arm": names[1], "tuned": "t", **search, **ends, "mean": 0.6, "tuned_mean": 0.7, "best_after": (0.6, 0.7)}
        ],
        "checks": [finding],
        "over_tasks": {
            "tasks": ("a", "b"),
            "metrics": ("accuracy", "accuracy"),
            "settings": [
                {"name": name, "arms": (name, name), "average_rank": rank, **setting}
                for rank, name in enumerate(names, 1)
            ],
            "baseline": names[0],
            "ranks": {**ranks, "groups": ((0, 1), (1, 2))},
            "left_out": (),
        },
    }


@pytest.fixture(scope="module")
def page_file(session_facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with every panel."""
    file = tmp_path_factory.mktemp("access") / "report.html"
    report = report_from(with_content_for_every_panel(deepcopy(session_facts)), also=["checks"])
    file.write_text(spell_document(report, "html"), encoding="utf-8")
    return file


def open_page(browser: Any, file: Path, width: int, scheme: str) -> None:
    """Open a page in a window of a width, with a colour scheme."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(file.as_uri())


# ``contrast`` is the contrast ratio of WCAG 2, which asks for 4.5 or more; a wide table scrolls within its own box.
MEASURE_LAYOUT = """
const channel = (value) => value <= .03928 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4;
const luminance = (colour) => {
  const [red, green, blue] = colour.match(/[\\d.]+/g).map((value) => channel(value / 255));
  return .2126 * red + .7152 * green + .0722 * blue;
};
const ground = (element) => {
  while (element && getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)") element = element.parentElement;
  return getComputedStyle(element || document.documentElement).backgroundColor;
};
const contrast = (element) => {
  const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
  return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
};
const texts = "h1, h2, h4, p, th, td, li, a, button, dt, dd, summary, figcaption";
const isVisible = (element) => element.offsetParent && element.textContent.trim();
const visible = [...document.querySelectorAll(texts)].filter(isVisible);
const right = document.documentElement.clientWidth;
const outside = (element) => !element.closest(".scroll, pre") && element.getBoundingClientRect().right > right + 1;
const isEmpty = (chart) => chart.offsetParent && !chart.children.length;
const isPale = (element) => !element.closest("[style]") && contrast(element) < 4.5;
return {
  wide: document.documentElement.scrollWidth - right,
  outside: visible.filter(outside).map((element) => element.textContent),
  pale: visible.filter(isPale).map((element) => element.outerHTML),
  empty: [...document.querySelectorAll(".chart")].filter(isEmpty).length,
  sections: [...document.querySelectorAll("main > section")].map((element) => element.id),
};
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 768, 390])
def test_the_page_is_readable_at_every_width_and_in_both_schemes(
    width: int, scheme: str, browser: Any, page_file: Path
) -> None:
    open_page(browser, page_file, width, scheme)
    found = browser.execute_script(MEASURE_LAYOUT)
    assert found["wide"] <= 0
    assert found["outside"] == []
    assert found["pale"] == []
    assert found["empty"] == 0, "a chart is empty"
    names = ("statement", "checks", "over_tasks", "pairs", "tuning", "data_size")
    assert {f"panel-{name}" for name in names} < set(found["sections"])
    assert browser.get_log("browser") == []


def press_key(browser: Any, key: str, code: int) -> None:
    """Press and release a key, by its name and its virtual key code."""
    event = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    text = {"text": "\r"} if key == "Enter" else {}
    browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", **event, **text})
    browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **event})


DESCRIBE_FOCUS = """
const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
const row = element.closest("tr.arm");
const text = row ? `arm ${row.dataset.arm}` : element.textContent.slice(0, 30);
return element === document.body ? null : {
  name: element.id || element.getAttribute("href") || text,
  visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
};
"""


def test_the_keyboard_reaches_all_controls(browser: Any, page_file: Path, session_facts: Facts) -> None:
    open_page(browser, page_file, 1400, "light")
    reached: list[dict[str, Any]] = []
    for _ in range(200):
        press_key(browser, "Tab", 9)
        # After the last control, the focus returns to the body.
        if (focused := browser.execute_script(DESCRIBE_FOCUS)) is None:
            break
        reached.append(focused)
    names = [focused["name"] for focused in reached]
    assert len(set(names)) > 30
    assert [focused["name"] for focused in reached if not focused["visible"]] == [], "focus is out of sight"
    assert [focused["name"] for focused in reached if not focused["outlined"]] == [], "focus has no outline"
    assert names[0] == "theme"
    assert {"#results", "by-name", "significant", f"arm {session_facts['arms'][0]['name']}"} <= set(names)
    # An arm opens and closes by Enter, and keeps the focus.
    browser.execute_script("document.querySelector('tr.arm button').focus()")
    press_key(browser, "Enter", 13)
    assert browser.execute_script("return document.querySelectorAll('tr.detail').length") == 1
    assert browser.execute_script(DESCRIBE_FOCUS)["name"] == f"arm {session_facts['arms'][0]['name']}"
    press_key(browser, "Enter", 13)
    assert browser.execute_script("return document.querySelectorAll('tr.detail').length") == 0
    # A link of the contents leads to its section.
    browser.execute_script("document.querySelector('#contents a[href=\"#panel-pairs\"]').focus()")
    press_key(browser, "Enter", 13)
    assert browser.execute_script("return location.hash") == "#panel-pairs"


def accessible_nodes(browser: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return role, name and properties of every node that assistive technology announces."""
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", ""),
            {entry["name"]: entry["value"].get("value") for entry in node.get("properties", [])},
        )
        for node in nodes
        if not node["ignored"]
    ]


def test_a_screen_reader_announces_names_headings_and_charts(browser: Any, page_file: Path) -> None:
    open_page(browser, page_file, 1400, "light")
    found = accessible_nodes(browser)
    roles = [role for role, _, _ in found]
    assert [(role, entries) for role, name, entries in found if role in NAMED_ROLES and not name.strip()] == []
    assert roles.count("main") == 1
    assert roles.count("navigation") == 2
    assert [name for role, name, _ in found if role == "navigation"] == ["Contents", "Filters"]
    levels = [entries["level"] for role, _, entries in found if role == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), "no level is skipped"
    assert roles.count("columnheader") > 20
    assert roles.count("rowheader") > 10
    links = [name for role, name, _ in found if role == "link"]
    headings = [name for role, name, entries in found if role == "heading" and entries["level"] == 2]
    assert links == headings, "the contents are the sections"
    charts = [name for role, name, _ in found if role in ("image", "img")]
    assert any("95 % interval" in name for name in charts), "a row of the forest plot says its numbers"
    assert any(name.startswith("Critical-difference diagram. plain 1.00") for name in charts)


def with_many_arms(facts: Facts) -> Facts:
    """Return facts of 20 arms of 5 seeds on each of 4 tasks, with long curves, examples and configs."""
    arm, examples = facts["arms"][1], next(iter(facts["examples"].values()))
    curve = {
        "loss": [{"step": 50 * step, "loss": 0.6931471805599453 / (step + 1)} for step in range(400)],
        "evaluations": [{"step": 500 * step, "score": 0.8123456789012345} for step in range(40)],
    }
    shown = [
        {**example, "text": example.get("text", "") * 2, "gain": gain}
        for gain in (1.0, -1.0)
        for example in examples["shown"][:8]
    ]
    arms = [
        {
            **arm,
            "name": f"data.task={task},aggregator=number_{place}",
            "task": task,
            "curves": [{"seed": seed, **curve} for seed in range(5)],
            "config": {**arm["config"], "training": {f"option_{number}": number for number in range(40)}},
        }
        for task in ("mrpc", "rte", "cola", "sst2")
        for place in range(20)
    ]
    return {
        **facts,
        "arms": [facts["arms"][0], *arms],
        "examples": {arm["name"]: {**examples, "shown": shown} for arm in arms},
    }


def test_a_large_study_is_one_small_file(session_facts: Facts, browser: Any, tmp_path: Path) -> None:
    facts = with_many_arms(deepcopy(session_facts))
    text = spell_document(report_from(facts), "html")
    assert len(json.dumps(facts)) > 4_000_000, "the facts alone are larger"
    assert len(text.encode()) < 2_000_000
    assert LARGEST < 2_000_000
    found = json.loads(re.search(r'id="facts">(.*?)</script>', text, flags=re.DOTALL)[1])  # type: ignore[index]
    assert len(found["arms"]) == 81
    assert found["arms"][1]["curves"][0]["loss"][-1]["step"] == 50 * 399
    shown = next(iter(found["examples"].values()))["shown"]
    assert {example["gain"] > 0 for example in shown} == {True, False}, "fixed and broken examples are both kept"
    (tmp_path / "large.html").write_text(text, encoding="utf-8")
    open_page(browser, tmp_path / "large.html", 1400, "light")
    assert browser.execute_script("return document.querySelectorAll('tr.arm').length") == 81
    assert browser.execute_script(MEASURE_LAYOUT)["wide"] <= 0
    assert browser.get_log("browser") == []
