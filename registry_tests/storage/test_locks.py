"""Locks are released when their holder ends."""

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
