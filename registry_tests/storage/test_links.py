"""Symbolic links of a folder, none of which may lead out of it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError
from spanreg.storage import require_links_inside


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a link that stays inside; a link beside the folder leads to it."""
    path = tmp_path / "folder"
    (path / "a" / "b").mkdir(parents=True)
    (path / "inside").symlink_to(path / "a")
    (tmp_path / "link").symlink_to(path)
    return path


def test_links_inside_the_folder_are_allowed(folder: Path, tmp_path: Path) -> None:
    require_links_inside(folder)
    require_links_inside(tmp_path / "link")
    require_links_inside(tmp_path / "absent")


@pytest.mark.parametrize("place", ["x", "a/x", "a/b/x"])
@pytest.mark.parametrize("target", ["..", "/", "/dev/null", "../absent", "../folder2"])
def test_links_out_of_the_folder_are_rejected(folder: Path, place: str, target: str) -> None:
    (folder.parent / "folder2").mkdir()
    link = folder / place
    link.symlink_to(target if target.startswith("/") else (folder / target).absolute())
    with pytest.raises(
        ConfigurationError, match=f"folder/{place} is a link that leads out of .*/folder. replace it by"
    ):
        require_links_inside(folder)
    # A depth of 1 ignores the links in subfolders.
    if place != "x":
        require_links_inside(folder, depth=1)


def test_links_through_links_are_followed(folder: Path) -> None:
    (folder / "up").symlink_to(folder / "a" / "out")
    require_links_inside(folder)
    (folder / "a" / "out").symlink_to(folder.parent)
    # The link at the top level now leads out by the one below.
    with pytest.raises(ConfigurationError):
        require_links_inside(folder, depth=1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("place", ["x", "a/x", "a/b/x"])
def test_pipes_are_rejected(folder: Path, place: str) -> None:
    os.mkfifo(folder / place)
    with pytest.raises(ConfigurationError, match=f"folder/{place} is a pipe or a device, not a file. remove it"):
        require_links_inside(folder)
    if place != "x":
        require_links_inside(folder, depth=1)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the system has no sockets in folders")
def test_sockets_and_missing_files_are_allowed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a" / "gone").symlink_to(folder / "absent")
    monkeypatch.chdir(folder)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        require_links_inside(folder)
