"""Patterns match what ``glob`` matches, within a limit."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest

from spanreg.limits import limited
from spanreg.registry import ConfigurationError
from spanreg.text.files.patterns import matching_paths

FILES = (
    "a.txt",
    "b.TXT",
    ".hidden.txt",
    "x[1].txt",
    "a/a/b.txt",
    "a/b.txt",
    "b/a/a/b.txt",
    ".c/d.txt",
    "a/.c/d.txt",
    "é/f",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, a folder with files, links to a file, to a folder elsewhere and to nothing."""
    for name in (*(f"here/{name}" for name in FILES), "elsewhere/deep/g.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    here = tmp_path / "here"
    (here / "link.txt").symlink_to("a.txt")
    (here / "gone.txt").symlink_to("nothing")
    (here / "linked").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize(
    "pattern",
    [
        "a.txt", "absent.txt", "*.txt", "?.txt", "[ab].*", "x[[]1].txt", ".*", ".*/*", "*/*.txt", "a/*", "*/a/*",
        "**", "**/*.txt", "a/**", "**/a/**/b.txt", "**/**/b.txt", "**/.c/*", "*/**/a/*", "./a/*", "../here/*/b.txt",
        "gone*", "a.txt/*", "absent/**", "é/*", "**/deep/*", "linked/*/*",
    ],
)  # fmt: skip
@pytest.mark.parametrize("absolute", [False, True])
def test_patterns_match_as_in_glob(folder: Path, pattern: str, absolute: bool) -> None:
    wanted = folder / pattern if absolute else Path(pattern)
    found = list(matching_paths(wanted))
    # ``glob`` also yields an empty name, for the working directory itself, and missing folders before ``**``.
    expected = {Path(name) for name in glob.glob(str(wanted), recursive=True) if os.path.lexists(name)}
    assert sorted(found) == sorted(expected)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("pattern", ["", ".", "/", "a\0/*", "a\0*", "x" * 5000 + "/*"])
def test_what_is_not_a_pattern_matches_nothing(folder: Path, pattern: str) -> None:
    assert list(matching_paths(pattern)) == []


def test_a_caller_that_needs_one_match_searches_no_further(folder: Path) -> None:
    for number in range(100):
        (folder / f"{number}.x").touch()
    (folder / "below").mkdir()
    for number in range(3000):
        (folder / "below" / f"{number}.y").touch()
    with limited(["entries=2K"]):
        assert any(matching_paths("**/*.x"))
        with pytest.raises(ConfigurationError, match="searches more than 2,048"):
            list(matching_paths("**/*.x"))


def test_links_to_folders_above_are_not_followed(folder: Path) -> None:
    before = list(matching_paths("**/*.txt"))
    for name in ("loop", "other", "a/up"):
        (folder / name).symlink_to(folder)
    # With ``glob``, two such links make 2 to the power of 40 paths.
    assert sorted(matching_paths("**/*.txt")) == sorted(before)


def test_a_search_ends_at_the_limit(folder: Path) -> None:
    for level in range(40):
        (folder / f"d{level}").mkdir()
        for link in "abc":
            (folder / f"d{level}" / link).symlink_to(folder / f"d{level + 1}")
    for pattern in ("**/absent", "d0/**/absent", "**/a/**/b/**/c/**/absent"):
        with limited(["entries=2K"]), pytest.raises(ConfigurationError) as caught:
            list(matching_paths(pattern))
        assert str(caught.value) == (
            f"'{Path(pattern)}' searches more than 2,048 files and folders. "
            "name the folders of the files, or allow more: --limit entries=N"
        )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the user may read every folder")
def test_a_folder_that_cannot_be_read_has_no_matches(folder: Path) -> None:
    (folder / "a").chmod(0)
    assert list(matching_paths("a/*")) == []
    (folder / "a").chmod(0o755)
