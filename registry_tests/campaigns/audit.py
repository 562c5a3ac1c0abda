"""``make audit``: check the sources with bandit, and the pinned packages against two vulnerability services.

The settings of bandit, with a reason for each exclusion, are in ``setup.cfg``. ``pip-audit`` prints "No known
vulnerabilities found" even if it could not reach a service; this script reports that nothing was audited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SERVICES = ("pypi", "osv")
SECONDS = 120


def main() -> int:
    """Run both tools, and return 1 if either reports a problem."""
    bandit = [sys.executable, "-m", "bandit", "--quiet", "--ini", "setup.cfg", "--recursive", "spanreg"]
    code = subprocess.run(bandit, cwd=ROOT, check=False).returncode
    answers = {service: query_service(service) for service in SERVICES}
    lines = [f"bandit: {'no issues' if code == 0 else 'issues, listed above'}", *packages_lines(answers)]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(code != 0 or any(vulnerable(answer) for answer in answers.values()))


def query_service(service: str) -> list[dict[str, Any]] | str:
    """Return the entry of a service for each pinned package, or the reason why there is no answer."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--vulnerability-service",
        service,
        "--requirement",
        "constraints.txt",
    ]
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--timeout", "10"]
    try:
        done = subprocess.run(
            [*command, *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        answer: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]
    return answer


def vulnerable(answer: list[dict[str, Any]] | str) -> list[dict[str, Any]]:
    """Return the packages with a known vulnerability."""
    return [] if isinstance(answer, str) else [package for package in answer if package.get("vulns")]


def packages_lines(answers: dict[str, list[dict[str, Any]] | str]) -> Sequence[str]:
    """Return one line for each service and for each vulnerable package."""
    lines, known_names = list[str](), set[str]()
    for service, answer in answers.items():
        if isinstance(answer, str):
            lines.append(f"pip-audit, {service}: cannot be asked: {answer}")
            continue
        answered = {package["name"] for package in answer if "skip_reason" not in package}
        known_names |= answered
        lines.append(f"pip-audit, {service}: knows {len(answered)} of {len(answer)} pinned packages")
        for package in vulnerable(answer):
            names = ", ".join(one["id"] for one in package["vulns"])
            lines.append(f"  {package['name']} {package['version']}: {names}")
    if not known_names:
        lines.append(
            "pip-audit: NOT AUDITED. No service could be asked from here, so nothing is known of the pinned packages; "
            "run 'make audit' on a machine with network"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
