"""Show versions, machine and optional packages, for bug reports."""

from __future__ import annotations

import os
import platform
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import spanreg
from spanreg.cli.rendering.output import print_json, print_table
from spanreg.packages import EXTRAS
from spanreg.system import available_cores

# Distributions, not modules: versions are read from their metadata, without importing them.
REQUIRED = ("torch", "transformers", "datasets", "scikit-learn", "jsonnet", "rich", "accelerate", "numpy", "pyarrow")
VARIABLES = (
    "SPANREG_GLUE_DIR",
    "SPANREG_CORPUS_DIR",
    "SPANREG_SPANS_DIR",
    "SPANREG_CACHE",
    "HF_HOME",
    "HF_HUB_OFFLINE",
    "OMP_NUM_THREADS",
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--json", action="store_true", help="print one object as JSON")


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    facts = describe()
    if arguments.json:
        print_json(facts)
        return 0
    rows = [("spanreg", facts["spanreg"]), ("python", facts["python"]), ("system", facts["system"])]
    rows += [("cores", str(facts["cores"]))]
    rows += [(name, version or "✗ not installed") for name, version in facts["packages"].items()]
    rows += [(f"extra {name}", _mark(name, state)) for name, state in facts["extras"].items()]
    rows += [(name, value or "not set") for name, value in facts["variables"].items()]
    print_table(["what", "value"], rows)
    return 0


def describe() -> dict[str, Any]:
    """Return installed versions, the machine, and relevant environment variables, without importing packages."""
    return {
        "spanreg": spanreg.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": available_cores(),
        "packages": {name: _version(name) for name in REQUIRED},
        "extras": {extra: {name: _version(name) for name in names.values()} for extra, names in EXTRAS.items()},
        "variables": {name: os.environ.get(name) for name in VARIABLES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _mark(extra: str, packages: Mapping[str, str | None]) -> str:
    missing = [name for name, version in packages.items() if version is None]
    if not missing:
        return "✓ " + ", ".join(f"{name} {version}" for name, version in packages.items())
    lacks = f" ({', '.join(missing)})" if len(missing) < len(packages) else ""
    return f"✗ pip install 'spanreg[{extra}]'{lacks}"
