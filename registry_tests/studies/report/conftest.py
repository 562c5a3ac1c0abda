"""Studies that have something for every section of a report, and a browser."""

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
WRONG = {
    "plain": 0.4,
    "aggregator=cnn,segmenter=fixed": 0.15,
    "aggregator=cnn,segmenter=random": 0.42,
    "aggregator=flat,segmenter=fixed": 0.6,
    "<b>odd</b> & | name_%": 0.38,
}
CHOICES = {name: dict(part.split("=") for part in name.split(",")) for name in WRONG if "aggregator=" in name}


def answers(wrong: float, seed: int, gold: NDArray[np.int64] = GOLD) -> list[int]:
    """Return the gold labels with a share of wrong ones, one more under odd seeds."""
    count = round(wrong * gold.size) + seed % 2
    flipped = np.random.default_rng(seed).permutation(gold.size) < count
    return np.where(flipped, 1 - gold, gold).tolist()


def more(name: str) -> dict[str, Any]:
    """Return the entry of an arm in ``plan.json``."""
    aggregator = CHOICES.get(name, {}).get("aggregator", "none")
    config = {"data": {"type": "demo", "limit": GOLD.size, "limit_from": "start"}, "aggregator": {"type": aggregator}}
    tags = ["odd </script><script>alert(1)</script>"] if "odd" in name else [aggregator]
    return {"choice": CHOICES.get(name), "config": config, "tags": tags, "changes": [f'aggregator: "{aggregator}"']}


@pytest.fixture(scope="session")
def study(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five arms, three seeds, one run that failed; the examples are those of the data set ``demo``."""
    made = {
        name: {seed: answers(wrong, 10 * place + seed) for seed in (1, 2, 3)}
        for place, (name, wrong) in enumerate(WRONG.items())
    }
    failed = {("late", 1): {"state": "failed", "problem": "</script><img src=x onerror=alert(1)>"}}
    plan = {"about": 'Ünïcode & "quotes" 🎉 </script>', "source": "// </script>\n{ base: {} }"}
    return make_study_in(
        tmp_path_factory.mktemp("study"),
        made,
        GOLD.tolist(),
        arms={name: more(name) for name in WRONG},
        plan=plan,
        unfinished=failed,
    )


@pytest.fixture(scope="session")
def session_facts(study: Path) -> dict[str, Any]:
    """The facts of that study, with those of examples."""
    results = read_results(StudyReader(study))
    return {**report_facts(results), "examples": examples_facts(results)}


@pytest.fixture
def facts(session_facts: dict[str, Any]) -> dict[str, Any]:
    """A copy of the facts, which a test may change."""
    return deepcopy(session_facts)


@pytest.fixture(scope="session")
def task_facts(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The facts of a study of two aggregators on two tasks, each with its own metric and examples."""
    gold = {"cola": GOLD, "rte": GOLD[:120]}
    wrong = {("cola", "none"): 0.4, ("cola", "cnn"): 0.1, ("rte", "none"): 0.3, ("rte", "cnn"): 0.31}
    names = {key: f"data.task={key[0]},aggregator={key[1]}" for key in wrong}
    made = {
        names[key]: {seed: answers(share, seed + place, gold[key[0]]) for seed in (1, 2, 3)}
        for place, (key, share) in enumerate(wrong.items())
    }
    kinds = {"cola": "accuracy", "rte": "f1"}
    folder = make_study_in(
        tmp_path_factory.mktemp("tasks"),
        made,
        [],
        arms={name: {"choice": {"data.task": task, "aggregator": kind}} for (task, kind), name in names.items()},
        golds={name: gold[task].tolist() for (task, _), name in names.items()},
        tasks={
            name: Task(task, "classification", ("n", "y"), (kinds[task],), False) for (task, _), name in names.items()
        },
    )
    return report_facts(read_results(StudyReader(folder)))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium; the test is skipped where there is none."""
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
    started = webdriver.Chrome(options=options, service=Service(driver))
    yield started
    started.quit()
