"""The cache folder, and folders that only their owner may write to."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanreg import storage
from spanreg.registry import ConfigurationError


def test_cache_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    assert storage.cache_folder("prepared") == tmp_path / "cache" / "prepared"
    assert (tmp_path / "cache" / "prepared").is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigurationError, match="SPANREG_CACHE"):
        storage.cache_folder("prepared")


def test_a_cache_that_is_only_read_need_not_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path))
    (tmp_path / "prepared").mkdir()
    monkeypatch.setattr("os.access", lambda *_: False)
    assert storage.cache_folder("prepared") == tmp_path / "prepared"
    with pytest.raises(storage.NotWritableError, match=r"by the environment variable SPANREG_CACHE"):
        storage.cache_folder("prepared", writable=True)


def test_a_user_without_a_home_folder_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPANREG_CACHE")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(ConfigurationError, match="no home folder. set the environment variable SPANREG_CACHE or HOME"):
        storage.cache_folder("anything")


def test_an_own_folder_is_closed_to_other_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a" / "own"
    storage.make_own_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o770)
    storage.make_own_folder(folder)
    # Writable by a group is allowed, writable by everyone is not.
    folder.chmod(0o777)
    with pytest.raises(ConfigurationError, match="other users can write to .*own, whose files are run"):
        storage.make_own_folder(folder)
    folder.chmod(0o700)
    monkeypatch.setattr("os.getuid", lambda: -1)
    with pytest.raises(ConfigurationError, match="other users can write"):
        storage.make_own_folder(folder)
