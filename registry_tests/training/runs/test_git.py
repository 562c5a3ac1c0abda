"""``git_state``: commit and changes of the repository that a run is started in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.training.runs.git import git_state

RunGit = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path) -> RunGit:
    """Return a function that runs git in a repository with one commit.

    An attribute applies the filter ``planted`` to all files; no setting defines it yet.
    """

    def run(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    run("init")
    (tmp_path / "file").write_text("one")
    (tmp_path / ".gitattributes").write_text("* filter=planted\n")
    run("add", "file", ".gitattributes")
    run("commit", "-m", "first")
    return run


def test_commit_and_changes_are_found(git: RunGit, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert git_state(tmp_path_factory.mktemp("elsewhere")) is None
    state = git_state(tmp_path)
    assert state is not None
    assert len(state["commit"]) == 40
    assert state["changed"] is False
    (tmp_path / "file").write_text("two")
    assert (git_state(tmp_path) or {})["changed"] is True


# With a filter, changes cannot be found without running it: the answer is None.
@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("core.fsmonitor", True),
        ("core.hooksPath", True),
        ("filter.planted.clean", None),
        ("filter.planted.process", None),
    ],
)
def test_programs_in_the_settings_of_the_repository_are_not_run(
    git: RunGit, tmp_path: Path, setting: str, changed: bool | None
) -> None:
    canary = tmp_path / "canary"
    git("config", setting, f"touch {canary}")
    (tmp_path / "file").write_text("two")
    assert (git_state(tmp_path) or {})["changed"] is changed
    assert not canary.exists()


def test_filters_in_included_settings_are_not_run(git: RunGit, tmp_path: Path) -> None:
    (tmp_path / "more").write_text(f'[filter "planted"]\n  clean = touch {tmp_path / "canary"}\n')
    git("config", "include.path", str(tmp_path / "more"))
    (tmp_path / "file").write_text("two")
    assert (git_state(tmp_path) or {})["changed"] is None
    assert not (tmp_path / "canary").exists()
