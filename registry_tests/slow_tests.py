"""Which tests are slow: ``make test-fast`` leaves them out, and the longest ones start first."""

from __future__ import annotations

import os
from itertools import chain, islice
from pathlib import Path

import pytest

SLOW_PLACES = (
    "aggregators/test_law.py",
    "api/test_runs.py",
    "benchmarks/",
    "callbacks/",
    "cli/commands/",
    "cli/test_",
    "data/test_conll.py::test_conll2000",
    "dictionaries/sampling/test_corpus.py::test_a_decompression_bomb",
    "dictionaries/sampling/test_corpus.py::test_a_line_of_a_hundred_megabytes",
    "dictionaries/sampling/test_ngrams.py::test_a_real_corpus",
    "dictionaries/sampling/test_sharded.py",
    "editor/test_language_server.py",
    "executors/",
    "integrations/",
    "model/test_two_processes.py",
    "preparation/test_alignment.py::test_any_texts",
    "preparation/test_alignment.py::test_many_texts",
    "registry/config/evaluation/test_evaluator.py::test_an_evaluation_that_costs_too_much",
    "scorers/test_scorers.py::test_equals_a_slow_loop",
    "segmenters/test_law.py::test_spans_partition",
    "studies/analyse/tasks/test_over_tasks.py::test_the_report",
    "studies/analyse/test_best.py",
    "studies/exchange/",
    "studies/execute/",
    "studies/report/checks/test_checks.py::test_many_combinations",
    "studies/report/panels/test_base.py::test_a_registered_panel_is_in_every_format",
    "studies/report/test_hostile_texts.py",
    "studies/search/",
    "studies/test_",
    "test_bombs.py",
    "test_configs.py",
    "test_damaged_files.py",
    "test_docs.py",
    "test_example_package.py",
    "test_layers.py::test_light_commands",
    "test_limits.py",
    "test_notebooks.py",
    "test_on_import.py",
    "test_root.py",
    "test_safe_path.py",
    "test_source_index.py",
    "test_system.py",
    "test_torture.py",
    "testing/test_built_ins.py",
    "text/files/test_parquet.py::test_a_bomb",
    "training/config/forms/test_current.py",
    "training/loop/test_trainer.py",
    "training/serving/",
    "training/test_",
)
"Prefixes of the node ids of tests that train, start processes, measure time or try hundreds of inputs."
LONG_FILES = (
    "cli/test_study_executors.py",
    "test_docs.py",
    "training/test_repeatable.py",
    "studies/test_kills.py",
    "test_torture.py",
    "studies/test_shipped.py",
    "aggregators/test_law.py",
    "executors/test_remote.py",
    "test_notebooks.py",
    "training/test_two_processes.py",
    "benchmarks/test_study.py",
    "studies/search/test_search.py",
)
"Files with the longest tests; they start first."
SLOW_FIXTURES = {"browser", "finished", "warm_python"}
"Fixtures that train, or start a browser or a server."


def mark_slow(items: list[pytest.Item]) -> None:
    """Mark the tests that ``make test-fast`` leaves out."""
    for item in items:
        if _place(item).startswith(SLOW_PLACES) or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


def longest_first(items: list[pytest.Item], parts: int) -> list[pytest.Item]:
    """Return the tests in an order that has tests of ``LONG_FILES`` at the start of each of its equal parts.

    xdist gives each worker one part of the list. Long tests at the start of every part leave short ones for the end, so
    that the workers end together.
    """
    by_file: dict[str, list[pytest.Item]] = {file: [] for file in LONG_FILES}
    others: list[pytest.Item] = []
    for item in items:
        by_file.get(_place(item).partition("::")[0], others).append(item)
    longest = [list(chain(*(by_file[file] for file in LONG_FILES[part::parts]))) for part in range(parts)]
    size, remaining = len(items) // parts, iter(others)
    ordered = [item for long in longest for item in (*long, *islice(remaining, max(0, size - len(long))))]
    return [*ordered, *remaining]


def _place(item: pytest.Item) -> str:
    """Return the node id of a test, with its path relative to ``registry_tests``."""
    tests = f"{Path(__file__).parent}{os.sep}"
    path = str(item.path)
    relative = path.removeprefix(tests).replace(os.sep, "/") if path.startswith(tests) else ""
    return f"{relative}::{item.name}"
