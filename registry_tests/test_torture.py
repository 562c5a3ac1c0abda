"""Sample of ``make torture``: kills at chosen file operations, twice each, and full disks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from registry_tests.warm_python import WarmPython

ROOT = Path(__file__).parents[1]
SCENARIOS = ("training", "studies", "sampling", "evaluation")
SAMPLE_SIZE = ("--kills", "2", "--timed", "1", "--full", "1", "--limits", "1", "--seed", "7")


def test_sampled_interruptions_lose_nothing(warm_python: WarmPython) -> None:
    """Run in another process: torture forks, and the test process may have threads, which a fork does not copy."""
    process = subprocess.run(
        [warm_python.program, "-m", "registry_tests.campaigns.torture", *SCENARIOS, *SAMPLE_SIZE],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert all(f"| {scenario} | " in process.stdout for scenario in SCENARIOS)
