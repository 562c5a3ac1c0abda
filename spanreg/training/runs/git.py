"""The state of a git repository, found without running the commands that its own settings name."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

_OPTIONS: Final = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_ENVIRONMENT: Final = {"GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
"Fetch nothing, write nothing, ask nothing."
_COMMAND: Final = re.compile(r"filter\..*\.(clean|process)", re.IGNORECASE | re.DOTALL)
"Settings with a command that compares files, which no option of git switches off."
_OF_THE_REPOSITORY: Final = ("local", "worktree")


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return the commit of a folder's repository, and whether files differ from it; None outside of a repository.

    A repository may come from a stranger, and ``git status`` runs commands that the repository's own settings name.
    Those are switched off; where that is not possible, ``changed`` is None.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    if _names_commands(folder):
        return {"commit": commit.strip(), "changed": None}
    status = _git(folder, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    return {"commit": commit.strip(), "changed": bool(status)}


def _names_commands(folder: Path) -> bool:
    listed = _git(folder, "config", "--list", "--includes", "--show-scope", "--name-only", "-z")
    if listed is None:
        return True
    words = listed.split("\0")
    settings = zip(words[::2], words[1::2], strict=False)
    return any(scope in _OF_THE_REPOSITORY and _COMMAND.fullmatch(name) for scope, name in settings)


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints; None where it fails, is not installed, or takes too long."""
    try:
        # The git that the user calls, too.
        done = subprocess.run(  # nosec B607
            ["git", "-C", str(folder), *_OPTIONS, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
            env={**os.environ, **_ENVIRONMENT},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
