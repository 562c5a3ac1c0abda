"""File locks: one holder at a time, released when its process ends."""

from __future__ import annotations

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


def test_a_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    holders, most_holders = 0, 0

    def hold_briefly() -> None:
        nonlocal holders, most_holders
        with storage.locked(tmp_path / "lock"):
            holders += 1
            most_holders = max(most_holders, holders)
            time.sleep(0.01)
            holders -= 1

    threads = [threading.Thread(target=hold_briefly) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most_holders == 1


def test_a_held_lock_raises_without_waiting(tmp_path: Path) -> None:
    lock = storage.locked(tmp_path / "lock", wait=False)
    with storage.locked(tmp_path / "lock"), pytest.raises(BlockingIOError), lock:
        pass
    with storage.locked(tmp_path / "lock", wait=False):
        pass


def test_the_lock_of_a_killed_holder_is_released(tmp_path: Path) -> None:
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


def test_is_locked_reports_a_holder_and_creates_no_file(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not storage.is_locked(lock)
    assert not lock.exists(), "is_locked must not create the file"
    with storage.locked(lock):
        assert storage.is_locked(lock)
    assert not storage.is_locked(lock)


def test_a_pipe_in_the_place_of_a_lock_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(lock := tmp_path / "lock")
    assert not storage.is_locked(lock)


def test_a_writer_waits_for_a_concurrent_is_locked(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    # The shared lock that is_locked takes for a moment.
    probe = os.open(lock, os.O_RDONLY)
    fcntl.flock(probe, fcntl.LOCK_SH)
    assert not storage.is_locked(lock), "the shared lock of another is_locked does not count"
    threading.Timer(0.02, os.close, [probe]).start()
    with storage.locked(lock, wait=False):
        assert storage.is_locked(lock)
