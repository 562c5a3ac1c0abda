"""Read the state of a git repository without running the commands that its settings name."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

_OPTIONS: Final = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
"Git must not run the repository's file watcher or its hooks."
_ENVIRONMENT: Final = {"GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
"Git must not fetch, write or prompt."
_COMMAND: Final = re.compile(r"filter\..*\.(clean|process)", re.IGNORECASE | re.DOTALL)
"Settings with a command that git runs when it compares files; no option turns it off."
_REPOSITORY_SCOPES: Final = ("local", "worktree")
"Scopes of settings that come with the repository; the others are the user's own."


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return the commit of a folder's repository, and whether files differ from it; None outside of a repository.

    A repository may come from a stranger, and ``git status`` runs commands of the repository's settings. They are
    turned off; if that is not possible, ``changed`` is None.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    if _names_commands(folder):
        return {"commit": commit.strip(), "changed": None}
    # Security: git would also run commands of the settings of submodules, which are not checked above.
    status = _git(folder, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    return {"commit": commit.strip(), "changed": bool(status)}


def _names_commands(folder: Path) -> bool:
    """Return whether the repository's own settings have a command that ``git status`` would run, or may have."""
    listed = _git(folder, "config", "--list", "--includes", "--show-scope", "--name-only", "-z")
    if listed is None:
        return True
    words = listed.split("\0")
    settings = zip(words[::2], words[1::2], strict=False)
    return any(scope in _REPOSITORY_SCOPES and _COMMAND.fullmatch(name) for scope, name in settings)


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of git; None if it fails, is not installed, or takes too long."""
    try:
        # By its name: the same git that the user calls.
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
