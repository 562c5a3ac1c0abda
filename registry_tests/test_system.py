"""The package works on systems without the functions of Linux and POSIX."""

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

REMOVE_POSIX = """
import builtins, os, sys
for name in ("sched_getaffinity", "getuid", "geteuid", "getloadavg", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "sysconf"):
    delattr(os, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
"""
"Code that removes the functions and modules that Windows lacks; macOS lacks some of them."
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


def python_without_posix(code: str, folder: Path) -> str:
    """Return the output of code in an interpreter without the functions of POSIX."""
    process = subprocess.run(
        [sys.executable, "-c", REMOVE_POSIX + code], capture_output=True, text=True, timeout=300, cwd=folder
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_files_and_locks_work_without_posix(tmp_path: Path) -> None:
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
    assert python_without_posix(code, tmp_path) == "False ['a.json', 'folder', 'lock', 'own']\n"


def test_the_local_executor_works_without_posix(tmp_path: Path) -> None:
    code = """
from spanreg.executors.base import Call
from spanreg.executors.local import LocalExecutor
from spanreg.executors.threads import usable_cores, waiting_environment
(outcome,) = LocalExecutor(jobs=1).run([Call("one", "spanreg.system:signal_name", {"number": 2})])
print(usable_cores() > 0, waiting_environment(2), outcome.value)
"""
    assert python_without_posix(code, tmp_path) == "True {} SIGINT\n"


@pytest.mark.parametrize(
    ("command", "code"),
    # The config lacks an encoder, which the check reports with exit code 2.
    [(["info"], 0), (["list", "--json"], 0), (["check", "config.jsonnet"], 2)],
    ids=["info", "list", "check"],
)
def test_commands_work_without_posix(tmp_path: Path, command: list[str], code: int) -> None:
    (tmp_path / "config.jsonnet").write_text("{ data: { type: 'glue', task: 'rte' } }", encoding="utf-8")
    output = python_without_posix(f"from spanreg.cli.main import main; print(main({command}))", tmp_path)
    assert output.splitlines()[-1] == str(code)


def test_only_the_system_module_uses_platform_functions() -> None:
    package = Path(spanreg.__file__).parent
    uses = [
        f"{path.relative_to(package)}:{node.lineno}"
        for path in package.rglob("*.py")
        if path not in (package / "system.py", package / "registry/config/evaluation/child.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in LINUX_ONLY)
        or (isinstance(node, ast.Import) and POSIX_MODULES & {alias.name for alias in node.names})
    ]
    assert not uses


def test_shared_locks_exclude_an_exclusive_one(tmp_path: Path) -> None:
    handles = [os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(3)]
    try:
        system.lock_descriptor(handles[0], shared=True)
        system.lock_descriptor(handles[1], shared=True)
        with pytest.raises(BlockingIOError):
            system.lock_descriptor(handles[2])
    finally:
        for handle in handles:
            os.close(handle)


def test_signals_have_names() -> None:
    assert system.signal_name(signal.SIGTERM) == "SIGTERM"
    # A real-time signal of Linux, which has no name in Python.
    assert system.signal_name(35) == "signal 35"
