"""The package imports and works where functions of Linux and POSIX are missing."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import spanreg
from spanreg import system

ELSEWHERE = """
import builtins, os, sys
for name in ("sched_getaffinity", "getuid", "geteuid", "getloadavg", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "sysconf"):
    delattr(os, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
"""
"Code that removes from Python what Windows lacks; macOS lacks a part of it."
LINUX_ONLY = {
    "sched_getaffinity",
    "sched_setaffinity",
    "getuid",
    "geteuid",
    "getloadavg",
    "O_CLOEXEC",
    "EDQUOT",
    "nice",
}
POSIX_MODULES = {"fcntl", "resource", "pwd", "grp", "termios"}


def python_elsewhere(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE + code], capture_output=True, text=True, timeout=300, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_files_and_locks(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from spanreg import storage
storage.write_json(Path("a.json"), {"a": 1})
storage.write_json(Path("a.json"), {"a": 2})
with storage.locked(Path("lock")), storage.whole_folder(Path("folder")) as folder:
    (folder / "b").write_text("b")
storage.make_own_folder(Path("own"))
print(storage.is_locked(Path("lock")), sorted(path.name for path in Path().iterdir()))
"""
    assert python_elsewhere(code, tmp_path) == "False ['a.json', 'folder', 'lock', 'own']\n"


def test_the_default_executor(tmp_path: Path) -> None:
    code = """
from spanreg.executors.base import Call
from spanreg.executors.local import LocalExecutor
from spanreg.executors.threads import usable_cores, waiting_environment
(outcome,) = LocalExecutor(jobs=1).run([Call("one", "spanreg.system:signal_name", {"number": 2})])
print(usable_cores() > 0, waiting_environment(2), outcome.value)
"""
    assert python_elsewhere(code, tmp_path) == "True {} SIGINT\n"


@pytest.mark.parametrize("command", ["['info']", "['list', '--json']", "['check', 'config.jsonnet']"])
def test_commands(tmp_path: Path, command: str) -> None:
    (tmp_path / "config.jsonnet").write_text("{ data: { type: 'glue', task: 'rte' } }", encoding="utf-8")
    assert python_elsewhere(f"from spanreg.cli.main import main; print(main({command}))", tmp_path)


def test_only_one_module_uses_them() -> None:
    package = Path(spanreg.__file__).parent
    wrong = [
        f"{path.relative_to(package)}:{node.lineno}"
        for path in package.rglob("*.py")
        if path not in (package / "system.py", package / "registry/config/evaluation/child.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in LINUX_ONLY)
        or (isinstance(node, ast.Import) and POSIX_MODULES & {alias.name for alias in node.names})
    ]
    assert not wrong


def test_locks_exclude_others(tmp_path: Path) -> None:
    handles = [os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(3)]
    try:
        system.lock_descriptor(handles[0], shared=True)
        system.lock_descriptor(handles[1], shared=True)
        with pytest.raises(BlockingIOError):
            system.lock_descriptor(handles[2])
    finally:
        for handle in handles:
            os.close(handle)


def test_names_of_signals() -> None:
    assert system.signal_name(signal.SIGTERM) == "SIGTERM"
    assert system.signal_name(35) in ("signal 35", "SIGRTMIN+1")
