"""Studies with content for every section of a report, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.examples import examples_facts
from spanreg.studies.report.facts import report_facts

GOLD = np.random.default_rng(0).integers(2, size=160)
ERROR_RATES = {
    "plain": 0.4,
    "aggregator=cnn,segmenter=fixed": 0.15,
    "aggregator=cnn,segmenter=random": 0.42,
    "aggregator=flat,segmenter=fixed": 0.6,
    "<b>odd</b> & | name_%": 0.38,
}
"Share of wrong predictions of each arm. One of the four combinations of a grid is missing; the last name is hostile."
CHOICES = {name: dict(part.split("=") for part in name.split(",")) for name in ERROR_RATES if "aggregator=" in name}


def predictions_with_errors(wrong: float, seed: int, gold: NDArray[np.int64] = GOLD) -> list[int]:
    """Return predictions with a share of errors, drawn by the seed."""
    # One error more under odd seeds, so that the scores of seeds differ.
    count = round(wrong * gold.size) + seed % 2
    flipped = np.random.default_rng(seed).permutation(gold.size) < count
    return np.where(flipped, 1 - gold, gold).tolist()


def plan_entry(name: str) -> dict[str, Any]:
    """Return the entry of an arm in ``plan.json``."""
    aggregator = CHOICES.get(name, {}).get("aggregator", "none")
    config = {"data": {"type": "demo", "limit": GOLD.size, "limit_from": "start"}, "aggregator": {"type": aggregator}}
    tags = ["odd </script><script>alert(1)</script>"] if "odd" in name else [aggregator]
    return {"choice": CHOICES.get(name), "config": config, "tags": tags, "changes": [f'aggregator: "{aggregator}"']}


@pytest.fixture(scope="session")
def study(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of five arms and three seeds, with one failed run, on examples of the data set ``demo``."""
    predictions = {
        name: {seed: predictions_with_errors(wrong, 10 * place + seed) for seed in (1, 2, 3)}
        for place, (name, wrong) in enumerate(ERROR_RATES.items())
    }
    failed = {("late", 1): {"state": "failed", "problem": "</script><img src=x onerror=alert(1)>"}}
    plan = {"about": 'Ünïcode & "quotes" 🎉 </script>', "source": "// </script>\n{ base: {} }"}
    return make_study_in(
        tmp_path_factory.mktemp("study"),
        predictions,
        GOLD.tolist(),
        arms={name: plan_entry(name) for name in ERROR_RATES},
        plan=plan,
        unfinished=failed,
    )


@pytest.fixture(scope="session")
def session_facts(study: Path) -> dict[str, Any]:
    """Return the facts of the study and its examples, which all tests share: read them, do not change them."""
    results = read_results(StudyReader(study))
    return {**report_facts(results), "examples": examples_facts(results)}


@pytest.fixture
def facts(session_facts: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the facts of the study, which a test may change."""
    return deepcopy(session_facts)


@pytest.fixture(scope="session")
def task_facts(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the facts of a study of two aggregators on two tasks, each with its own metric and examples."""
    gold = {"cola": GOLD, "rte": GOLD[:120]}
    error_rates = {("cola", "none"): 0.4, ("cola", "cnn"): 0.1, ("rte", "none"): 0.3, ("rte", "cnn"): 0.31}
    names = {key: f"data.task={key[0]},aggregator={key[1]}" for key in error_rates}
    predictions = {
        names[key]: {seed: predictions_with_errors(share, seed + place, gold[key[0]]) for seed in (1, 2, 3)}
        for place, (key, share) in enumerate(error_rates.items())
    }
    metrics = {"cola": "accuracy", "rte": "f1"}
    folder = make_study_in(
        tmp_path_factory.mktemp("tasks"),
        predictions,
        [],
        arms={name: {"choice": {"data.task": task, "aggregator": kind}} for (task, kind), name in names.items()},
        golds={name: gold[task].tolist() for (task, _), name in names.items()},
        tasks={
            name: Task(task, "classification", ("n", "y"), (metrics[task],), False) for (task, _), name in names.items()
        },
    )
    return report_facts(read_results(StudyReader(folder)))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a headless Chromium; without one, the test is skipped."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("no Chromium with chromedriver is installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium = webdriver.Chrome(options=options, service=Service(driver))
    yield chromium
    chromium.quit()
