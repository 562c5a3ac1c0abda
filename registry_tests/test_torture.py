"""A sample of ``make torture``: kills at chosen file operations, twice each, and full disks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from registry_tests.warm_python import WarmPython

ROOT = Path(__file__).parents[1]
SCENARIOS = ("training", "studies", "sampling", "evaluation")
FEW = ("--kills", "2", "--timed", "1", "--full", "1", "--limits", "1", "--seed", "7")


def test_a_sample(warm_python: WarmPython) -> None:
    """In another process: torture forks, and the process of the tests may have threads, which a fork does not copy."""
    done = subprocess.run(
        [warm_python.program, "-m", "registry_tests.campaigns.torture", *SCENARIOS, *FEW],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(f"| {scenario} | " in done.stdout for scenario in SCENARIOS)
