"""``make audit``: bandit over the sources, and the pinned packages against the services that know of vulnerabilities.

Bandit's settings, with a reason for all that is left out, are in ``setup.cfg``; single lines have theirs beside them.
``pip-audit`` says "No known vulnerabilities found" also where it could ask nobody. This script says so instead.
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
    """Run both tools, and return 1 if one has found something."""
    bandit = [sys.executable, "-m", "bandit", "--quiet", "--ini", "setup.cfg", "--recursive", "spanreg"]
    code = subprocess.run(bandit, cwd=ROOT, check=False).returncode
    asked = {service: audited(service) for service in SERVICES}
    lines = [f"bandit: {'no issues' if code == 0 else 'issues, listed above'}", *packages_lines(asked)]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(code != 0 or any(vulnerable(found) for found in asked.values()))


def audited(service: str) -> list[dict[str, Any]] | str:
    """Return what a service says of each pinned package, or why it says nothing."""
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
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]
    return found


def vulnerable(found: list[dict[str, Any]] | str) -> list[dict[str, Any]]:
    """Return the packages with a known vulnerability."""
    return [] if isinstance(found, str) else [package for package in found if package.get("vulns")]


def packages_lines(asked: dict[str, list[dict[str, Any]] | str]) -> Sequence[str]:
    """Return what is known of the packages, one line for each service and for each vulnerability."""
    lines, known = list[str](), set[str]()
    for service, found in asked.items():
        if isinstance(found, str):
            lines.append(f"pip-audit, {service}: cannot be asked: {found}")
            continue
        answered = {package["name"] for package in found if "skip_reason" not in package}
        known |= answered
        lines.append(f"pip-audit, {service}: knows {len(answered)} of {len(found)} pinned packages")
        for package in vulnerable(found):
            names = ", ".join(one["id"] for one in package["vulns"])
            lines.append(f"  {package['name']} {package['version']}: {names}")
    if not known:
        lines.append(
            "pip-audit: NOT AUDITED. No service could be asked from here, so nothing is known of the pinned packages; "
            "run 'make audit' on a machine with network"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
