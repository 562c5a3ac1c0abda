"""Files and folders appear whole or not at all; locks outlive no holder; hashes depend on content alone."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from spanreg import storage
from spanreg.registry import ConfigurationError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_whole_file_appears_with_the_usual_rights(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    storage.write_text(tmp_path / "deep" / "file.txt", "é\n")
    written = tmp_path / "deep" / "file.txt"
    assert written.read_bytes() == "é\n".encode()
    assert written.stat().st_mode == plain.stat().st_mode
    assert names(written.parent) == ["file.txt"]


def test_failed_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write_half() -> None:
        with storage.whole_file(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_whole_folder_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    for content in ("first", "second"):
        with storage.whole_folder(path) as temporary:
            (temporary / "inner").mkdir()
            (temporary / "inner" / content).write_text(content)
    assert names(path / "inner") == ["second"]
    assert names(tmp_path) == ["entry"]


def test_failed_block_leaves_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    with storage.whole_folder(path) as temporary:
        (temporary / "file").write_text("old")

    def write_half() -> None:
        with storage.whole_folder(path) as temporary:
            (temporary / "file").write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_half()
    assert (path / "file").read_text() == "old"
    assert names(tmp_path) == ["entry"]


def test_leftovers_of_killed_writers_go(tmp_path: Path) -> None:
    (tmp_path / ".entry.abc.part").mkdir()
    (tmp_path / ".entry.def.part").touch()
    (tmp_path / ".other.abc.part").touch()
    storage.remove_leftovers(tmp_path / "entry")
    assert names(tmp_path) == [".other.abc.part"]


def test_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"cannot write .*file: the disk is full\. free some space"),
        storage.whole_file(tmp_path / "file"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == []


def test_other_errors_of_the_block_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), storage.whole_file(tmp_path / "file"):
        raise FileNotFoundError(errno.ENOENT, "some input")


def test_a_file_in_the_way_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "way").touch()
    with pytest.raises(ConfigurationError, match="cannot write"):
        storage.write_text(tmp_path / "way" / "file", "")


def test_neither_kind_takes_the_place_of_the_other(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ConfigurationError, match=r"folder is a folder\. name a file"):
        storage.write_text(tmp_path / "folder", "")
    with (
        pytest.raises(ConfigurationError, match=r"file is a file\. name a folder"),
        storage.whole_folder(tmp_path / "file"),
    ):
        pass
    assert (tmp_path / "file").read_text() == "kept"


def test_cache_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    assert storage.cache_folder("prepared") == tmp_path / "cache" / "prepared"
    assert (tmp_path / "cache" / "prepared").is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigurationError, match="SPANREG_CACHE"):
        storage.cache_folder("prepared")


def test_lock_lets_one_holder_in(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        with storage.locked(tmp_path / "lock"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_lock_without_waiting(tmp_path: Path) -> None:
    lock = storage.locked(tmp_path / "lock", wait=False)
    with storage.locked(tmp_path / "lock"), pytest.raises(BlockingIOError), lock:
        pass
    with storage.locked(tmp_path / "lock", wait=False):
        pass


def test_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from spanreg.storage import locked\n"
        "with locked(Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError), storage.locked(lock, wait=False):
            pass
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with storage.locked(lock, wait=False):
        pass


def test_hashes_depend_on_content_alone(tmp_path: Path) -> None:
    assert storage.hash_json({"a": 1, "b": [True, "é"]}) == storage.hash_json({"b": [True, "é"], "a": 1})
    assert storage.hash_json({"a": 1}) != storage.hash_json({"a": 1.0})
    (tmp_path / "one").write_bytes(b"abc")
    (tmp_path / "two").write_bytes(b"abc")
    assert storage.hash_file(tmp_path / "one") == storage.hash_file(tmp_path / "two")
    assert len(storage.hash_file(tmp_path / "one")) == 64


def test_lone_surrogates_can_be_hashed() -> None:
    assert storage.hash_json("\ud800") != storage.hash_json("\ud801")


def test_json_refuses_what_it_cannot_say(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        storage.write_json(tmp_path / "file.json", float("nan"))
    storage.write_json(tmp_path / "file.json", {"b": "é", "a": None})
    assert (tmp_path / "file.json").read_text(encoding="utf-8") == '{\n  "b": "é",\n  "a": null\n}\n'


def test_a_whole_folder_is_readable_by_the_umask(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with storage.whole_folder(tmp_path / "model") as temporary:
        (temporary / "weights").touch(mode=0o600)
    assert (tmp_path / "model" / "weights").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_sources_are_hashed_in_all_or_in_parts() -> None:
    hashes = {storage.hash_sources(), storage.hash_sources("text"), storage.hash_sources("text", "segmenters")}
    assert len(hashes) == 3
    assert storage.hash_sources("text") == storage.hash_sources("text")


def test_a_look_at_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not storage.is_locked(lock)
    assert not lock.exists(), "looking makes nothing"
    with storage.locked(lock):
        assert storage.is_locked(lock)
    assert not storage.is_locked(lock)


def test_whoever_wants_a_lock_waits_out_a_look(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    looking = os.open(lock, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not storage.is_locked(lock), "those who look do not see one another"
    threading.Timer(0.02, os.close, [looking]).start()
    with storage.locked(lock, wait=False):
        assert storage.is_locked(lock)
