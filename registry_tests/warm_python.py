"""A Python interpreter with the heavy packages imported, for tests that start many processes.

Every process that trains spends six processor seconds on importing torch and transformers. ``WarmPython`` starts one
server process with these imports. The program that ``write_program`` writes takes the place of ``python``: its calls
``python -m MODULE ARGUMENTS`` run in forks of the server, with their own arguments, working directory, environment and
open files. Output, exit codes and signals pass as usual, SIGKILL included; all other calls run the real interpreter.

Tests of the start of a process, of its imports or of its options use the real ``sys.executable``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[1]
# An interpreter without site packages runs this, since it starts in 20 milliseconds. It passes one end of a socket pair
# to the fork. The other end closes when this process ends, even by SIGKILL, and that ends the fork.
CLIENT = """#!{python} -SE
import json, os, signal, socket, sys
arguments = {arguments!r} + sys.argv[1:]
unbuffered = arguments[:1] == ["-u"]
module = arguments[unbuffered:]
forwarded = {{signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2}}
try:
    # submitit names its files by the process id of this module's process.
    if module[:1] != ["-m"] or module[1:2] == ["submitit.local._local"]:
        raise OSError
    server = socket.socket(socket.AF_UNIX)
    server.connect({address!r})
    alive, watched = socket.socketpair()
    socket.send_fds(server, [b"-"], [0, 1, 2, watched.fileno()])
except OSError:
    os.execv({python!r}, [{python!r}, *arguments])
signal.pthread_sigmask(signal.SIG_BLOCK, forwarded)
watched.close()
request = json.dumps([module[1:], os.getcwd(), dict(os.environ), unbuffered]).encode()
server.sendall(len(request).to_bytes(8, "big") + request)
with server.makefile("rb") as answers:
    process = int(answers.readline() or 0)
    for number in forwarded:
        signal.signal(number, lambda number, _: os.kill(process, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, forwarded)
    code = int(answers.readline() or 70)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""


class WarmPython:
    """Handle of the server, which all pytest workers share: ``with WarmPython(folder) as warm: warm.program``.

    Args:
        folder: folder for the files of the server, the same in all workers. Its path must be short, like the path of
            any socket. The server removes it and ends when no worker uses it any more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder / "socket")
        self.program = str(folder / "python")

    def __enter__(self) -> WarmPython:
        with open(f"{self.folder}.lock", "w", encoding="ascii") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self.folder.mkdir(exist_ok=True)
            self._use = (self.folder / "use").open("w", encoding="ascii")
            # Every worker holds this shared lock; the server ends once it can take the lock alone.
            fcntl.flock(self._use, fcntl.LOCK_SH)
            if not Path(self.address).exists():
                self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._use.close()

    def write_program(self, path: Path, *arguments: str) -> None:
        """Write a program that runs ``python``, with these arguments before its own."""
        client = CLIENT.format(python=sys.executable, address=self.address, arguments=list(arguments))
        path.write_text(client, encoding="utf-8")
        path.chmod(0o755)

    def _start(self) -> None:
        self.write_program(Path(self.program))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(self.folder / "huggingface")}
        server = subprocess.Popen(
            [sys.executable, __file__, str(self.folder)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Ctrl-C in the terminal must not end the server before the workers have finished.
            start_new_session=True,
        )
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        server.stdout.close()
        # The server may end after this process; without a code, subprocess would warn about a child that still runs.
        server.returncode = 0


class ForkServer:
    """Server that forks a process for every connection, and sends its process id and exit code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "socket"))
        self.listener.listen(64)
        self.clients: dict[int, socket.socket] = {}
        self.woken, self.waker = socket.socketpair()
        for end in (self.woken, self.waker):
            end.setblocking(False)
        # With a handler, even an empty one, the end of a fork writes to the descriptor below, which wakes the selector.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Answer connections until no pytest worker uses this server."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            selector.register(self.woken, selectors.EVENT_READ)
            while not self._is_left():
                for key, _ in selector.select(timeout=1):
                    if key.fileobj is self.listener:
                        self._answer()
                    else:
                        self.woken.recv(4096)
                self._report_ends()

    def _is_left(self) -> bool:
        if self.clients:
            return False
        try:
            with open(f"{self.folder}.lock", "w", encoding="ascii") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with (self.folder / "use").open("w", encoding="ascii") as use:
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(self.folder, ignore_errors=True)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            return True
        return True

    def _answer(self) -> None:
        client, _ = self.listener.accept()
        process = os.fork()
        if process == 0:
            self.listener.close()
            run_in_fork(client, str(self.folder / "python"))
        self.clients[process] = client
        with contextlib.suppress(OSError):
            client.sendall(b"%d\n" % process)

    def _report_ends(self) -> None:
        while self.clients:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            with self.clients.pop(process) as client, contextlib.suppress(OSError):
                client.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def run_in_fork(client: socket.socket, program: str) -> None:
    """Run one module in this fork, as ``python -m`` would, and end the process."""
    import json

    # Replace the handlers of the server by those of a new interpreter.
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.setsid()
    _, files, *_ = socket.recv_fds(client, 1, 4)
    with client.makefile("rb") as stream:
        request = stream.read(int.from_bytes(stream.read(8), "big"))
    client.close()
    # Without four files, the client died before it passed them. 70 is EX_SOFTWARE of sysexits.h.
    if len(files) != 4:
        os._exit(70)
    end_with_client(files.pop())
    (module, *arguments), folder, environment, unbuffered = json.loads(request)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.executable = program
    # The first entries of sys.path as "python -m" sets them.
    first = [] if environment.get("PYTHONSAFEPATH") else [folder]
    added = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [*first, *added, *(path for path in sys.path if path != str(ROOT))]
    sys.argv = [module, *arguments]
    if unbuffered:
        sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    # torch reads the variable only at import, which happened in the server.
    if (threads := environment.get("OMP_NUM_THREADS", "")).isdecimal():
        import torch

        torch.set_num_threads(int(threads))
    os._exit(exit_code_of(module))


def exit_code_of(module: str) -> int:
    """Run a module, and return the exit code of its process."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code: object = 0
    except SystemExit as stop:
        code = stop.code
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    # Join threads and flush streams, as the interpreter does at its end: os._exit skips that.
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return int(code or 0) & 255  # type: ignore[call-overload, no-any-return]


def end_with_client(watched: int) -> None:
    """End this process when the other end of a socket closes."""
    if hasattr(fcntl, "F_SETSIG"):
        # The kernel kills this process before another one can notice that the client has ended, so that its locks are
        # free by then.
        fcntl.fcntl(watched, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(watched, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(watched, fcntl.F_SETFL, fcntl.fcntl(watched, fcntl.F_GETFL) | os.O_ASYNC)
        return

    def wait() -> None:
        os.read(watched, 1)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def main(folder: Path) -> None:
    """Import what commands import, then serve."""
    import gc

    import datasets  # noqa: F401
    import pandas  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.metrics  # noqa: F401
    import transformers

    import spanreg.training.train  # noqa: F401

    # transformers imports its modules on first use.
    assert transformers.Trainer
    assert transformers.BertModel
    # Objects that no collection visits stay shared between the server and its forks.
    gc.collect()
    gc.freeze()
    server = ForkServer(folder)
    os.write(1, b"ready\n")
    # The worker closes the pipe now; standard output becomes /dev/null, like standard input.
    os.dup2(0, 1)
    server.serve()


if __name__ == "__main__":
    # In the folder of this file, the folders of the tests would hide packages of the same names.
    sys.path.pop(0)
    main(Path(sys.argv[1]))
