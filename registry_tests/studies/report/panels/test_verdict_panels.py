"""Panels on tuning, training-set sizes, tasks, pairs, checks and registrations, built from facts."""

from __future__ import annotations

from typing import Any

from spanreg.studies.report.blocks import Paragraph, plain
from spanreg.studies.report.formats.document import report_from

Facts = dict[str, Any]


def panel_blocks(facts: Facts, name: str) -> list[Any]:
    """Return the blocks of one panel."""
    return [block for section in report_from(facts, panels=[name]).sections for block in section.blocks]


def table_texts(block: Any) -> list[list[str]]:
    """Return the texts of the cells of a table, by row."""
    return [[plain(cell) for cell in row] for row in block.rows]


def tuning_facts(arm: str, difference: float | None) -> Facts:
    """Return the facts of a tuned arm; the baseline has no difference."""
    ends = (None, None) if difference is None else (difference - 0.01, difference + 0.01)
    return {
        "arm": arm,
        "tuned": f"{arm} (tuned)",
        "budget": 4,
        "states": {"finished": 3, "pruned": 1},
        "space": {},
        "setting": {"training.learning_rate": 0.0001},
        "at_edge": ("training.learning_rate",) if difference else (),
        "mean": 0.7,
        "tuned_mean": 0.75,
        "difference": difference,
        "interval": ends,
        "tuned_difference": difference,
        "tuned_interval": ends,
        "best_after": (0.6, 0.7, 0.74),
    }


def test_tuned_and_untuned_arms(facts: Facts) -> None:
    name = facts["arms"][1]["name"]
    facts["tuning"] = [tuning_facts("plain", None), tuning_facts(name, 0.02)]
    table, differences, best, curves = panel_blocks(facts, "tuning")
    assert table_texts(table)[1] == [
        name,
        "3 finished, 1 pruned",
        "70.00",
        "75.00",
        "+2.00 (+1.00 to +3.00)",
        "+2.00 (+1.00 to +3.00)",
        "training.learning_rate: 0.0001",
    ]
    note = (
        f"The best value is at an end of its range, so a better one may be outside: '{name}' (training.learning_rate)."
    )
    assert note in table.notes
    assert [(row.group, row.name) for row in differences.chart.rows] == [(name, "untuned"), (name, "tuned")]
    assert best.chart.lines[1].points == ((1.0, 60.0), (2.0, 70.0), (3.0, 74.0))
    assert table_texts(curves) == [["1", "60.00", "60.00"], ["2", "70.00", "70.00"], ["3", "74.00", "74.00"]]
    assert panel_blocks({**facts, "tuning": []}, "tuning") == []


def test_scores_by_size_of_the_training_set(facts: Facts) -> None:
    points = [
        {"arm": f"{size}", "examples": size, "mean": size / 1000, "deviation": None, "seeds": 1} for size in (100, 200)
    ]
    facts["size_curves"] = [{"label": "", "task": "t", "metric": "accuracy", "points": points}]
    table, figure = panel_blocks(facts, "data_size")
    assert table_texts(table) == [["t", "all", "100", "10.00", "1"], ["t", "all", "200", "20.00", "1"]]
    assert figure.chart.lines[0].points == ((100.0, 10.0), (200.0, 20.0))
    assert figure.chart.logarithmic


def test_findings_of_checks(facts: Facts) -> None:
    finding = {"code": "SR001", "title": "too few seeds", "arms": ["a", "b"], "problem": "2 seeds", "hint": "add seeds"}
    (table,) = panel_blocks({**facts, "checks": [{**finding, "page": "docs/reference/checks.md#sr001"}]}, "checks")
    assert table_texts(table) == [["SR001", "too few seeds", "a, b", "2 seeds", "add seeds"]]
    (paragraph,) = panel_blocks({**facts, "checks": []}, "checks")
    assert paragraph == Paragraph("No check of 'spanreg report --checks' has a finding.")


def test_ranks_over_tasks(task_facts: Facts) -> None:
    assert task_facts["over_tasks"], "two settings on two tasks"
    figure, table, tests = panel_blocks(task_facts, "over_tasks")
    assert [row[0].partition(",")[0] for row in table_texts(tests)] == ["Friedman", "Nemenyi"]
    assert figure.chart.names == ("aggregator=none", "aggregator=cnn")
    assert list(figure.chart.ranks) == [setting["average_rank"] for setting in task_facts["over_tasks"]["settings"]]
    assert {row[0] for row in table_texts(table)} == {"aggregator=cnn", "aggregator=none"}


def test_the_forest_plot_has_margin_and_tasks(facts: Facts, task_facts: Facts) -> None:
    chart = panel_blocks({**facts, "margin": 1.5}, "results")[1].chart
    assert (chart.margin, chart.rows[0].group) == (1.5, "")
    rows = panel_blocks(task_facts, "results")[1].chart.rows
    assert [(row.group, row.name) for row in rows] == [("cola", "aggregator=cnn"), ("rte", "aggregator=cnn")]


def test_a_matrix_of_all_pairs(facts: Facts) -> None:
    names = [arm["name"] for arm in facts["arms"][:2]]
    pair = {"first": names[0], "second": names[1], "difference": 0.02, "p_adjusted": 0.01, "significant": True}
    facts["pairs"] = [{"task": "idioms", "arms": names, "letters": dict.fromkeys(names, "a"), "pairs": [pair]}]
    figure, table = panel_blocks(facts, "pairs")
    assert figure.chart.texts == (("", "+2.00*"), ("-2.00*", ""))
    assert figure.chart.values[1] == (-2.0, None)
    assert table.folded


def test_confirmatory_and_exploratory_registrations(facts: Facts) -> None:
    assert panel_blocks(facts, "registration") == []
    common = {"registered": "2026-11-30T08:00:00Z", "hypothesis": "spans help", "hash": "abc", "differences": []}
    paragraph, table = panel_blocks({**facts, "registration": {**common, "kind": "confirmatory"}}, "registration")
    assert paragraph.text.startswith("Confirmatory: the study was registered before its runs")
    assert ["hypothesis", "spans help"] in table_texts(table)
    registration = {**common, "kind": "exploratory", "differences": ["margin: null when registered, now 1"]}
    paragraph, table = panel_blocks({**facts, "registration": registration}, "registration")
    assert paragraph.text.startswith("Exploratory: ")
    assert table_texts(table)[-1] == ["difference", "margin: null when registered, now 1"]
    paragraph = panel_blocks({**facts, "registration": registration}, "statement")[-1]
    assert "Exploratory: the study was registered on 2026-11-30T08:00:00Z" in paragraph.text


def test_numbers_of_all_tables_have_keys(facts: Facts, task_facts: Facts) -> None:
    first, second = (arm["name"] for arm in facts["arms"][:2])
    task = facts["arms"][0]["task"]
    piece = {"piece": "aggregator", "task": task, "alone": 0.1, "on_top": 0.05, "difference": 0.05, "low": 0.01}
    facts["interactions"] = [{**piece, "high": 0.09, "p": 0.01, "verdict": "redundant"}]
    facts["tuning"] = [tuning_facts(first, None), tuning_facts(second, 0.02)]
    points = [{"arm": first, "examples": 100, "mean": 0.5, "deviation": 0.1, "seeds": 3}]
    facts["size_curves"] = [{"label": "", "task": task, "metric": "accuracy", "points": points}]
    selection = {"arm": first, "released": 0.8, "best_seed": 3, "best_step": 40, "unbiased": 0.7, "difference": 0.1}
    facts["selection"] = [{**selection, "evaluations": 6, "seeds": 3, "problem": ""}]
    names = ["tuning", "data_size", "interactions", "selection", "cost", "spans", "examples"]
    tables = [(name, block) for name in names for block in panel_blocks(facts, name) if block.kind == "table"]
    tables += [("over_tasks", block) for block in panel_blocks(task_facts, "over_tasks") if block.kind == "table"]
    assert {name for name, _ in tables} == {*names, "over_tasks"}
    for name, table in tables:
        assert unkeyed_numbers(table) == [], name


def test_the_cost_has_memory_if_runs_recorded_it(facts: Facts) -> None:
    def names_and_columns() -> tuple[list[str], tuple[str, ...]]:
        *figures, table = panel_blocks(facts, "cost")
        return [figure.name for figure in figures], table.columns

    names, columns = names_and_columns()
    assert names == ["time", "memory", "weights"]
    assert columns[4:6] == ("peak memory, GB", "memory")
    for arm in facts["arms"]:
        arm["memory_gb"] = arm["memory_ratio"] = None
    assert names_and_columns() == (["time", "weights"], (*columns[:4], *columns[6:]))


def unkeyed_numbers(table: Any) -> list[str]:
    """Return the cells of numbers that have no key; cells of names and texts may have digits without one."""
    without_numbers = {
        "arm",
        "arms",
        "setting",
        "trials",
        "task",
        "piece",
        "idx",
        "text",
        "baseline",
        "gold",
        "arm's answers",
    }
    shown = [place for place, column in enumerate(table.columns) if column not in without_numbers]
    pieces = [piece for row in table.rows for place in shown for piece in row[place] if isinstance(piece, str)]
    return [piece for piece in pieces if any(character.isdigit() for character in piece)]
