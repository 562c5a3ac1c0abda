"""Print constraints for pip with the lower bound of each direct requirement of ``setup.cfg``.

``make test-lowest`` runs the tests with them. torch stays as ``constraints.txt`` pins it, because wheels of old
versions exist for few interpreters; so do the tools that check the sources, because each version formats differently.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED_PACKAGES = {"torch", "ruff", "mypy"}
REQUIREMENT = re.compile(r"([\w.-]+) *>= *([\w.]+)")


def lower_bounds() -> Iterator[tuple[str, str]]:
    """Yield the requirements of ``setup.cfg`` and its extras, each with its lower bound."""
    setup = RawConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    for requirements in (setup["options"]["install_requires"], *setup["options.extras_require"].values()):
        yield from ((name, version) for name, version in REQUIREMENT.findall(requirements) if not name.startswith("#"))


def main() -> None:
    """Print one constraint per line."""
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE))
    for name, lowest in sorted(set(lower_bounds())):
        sys.stdout.write(f"{name}=={pins[name] if name in PINNED_PACKAGES else lowest}\n")


if __name__ == "__main__":
    main()
