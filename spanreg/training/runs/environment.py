"""The environment of a run: versions, code and command, without names of persons or machines."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from os.path import expanduser
from pathlib import Path
from typing import Any, Final

import torch

import spanreg
from spanreg.storage import hash_sources
from spanreg.training.runs.command import recorded_command
from spanreg.training.runs.git import git_state

PACKAGES: Final = (
    "accelerate",
    "datasets",
    "jsonnet",
    "numpy",
    "pyarrow",
    "safetensors",
    "scikit-learn",
    "scipy",
    "tokenizers",
    "torch",
    "transformers",
)
"Packages whose versions are recorded."


def describe_environment(command: Sequence[str] = ()) -> dict[str, Any]:
    """Return the facts that decide whether a run can be repeated.

    Args:
        command: arguments of the command line, without the program; paths below the working directory become
            relative, and values whose names look like secrets are hidden.
    """
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "spanreg": {"version": spanreg.__version__, "code": hash_sources()},
        # Without the path of the program, which describes the machine.
        "command": ["spanreg", *map(_without_machine, recorded_command(command))] if command else [],
        "git": git_state(Path.cwd()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
        "gpu": device,
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _without_machine(argument: str) -> str:
    """Return an argument with the working directory and the home folder as ``.`` and ``~``."""
    # The working directory first, which may be below the home folder.
    for folder, short in ((str(Path.cwd()), "."), (expanduser("~"), "~")):
        argument = re.sub(rf"(?<![\w/.-]){re.escape(folder)}(?![\w.-])", short, argument)
    return argument
