"""Run ``spanreg`` commands in forks of one process that has imported the heavy packages.

The documentation has more than a hundred commands, and each would spend seconds on importing torch. ``CommandServer``
starts one process; the program that it writes sends each command there, with its arguments, working directory,
environment and open files. Pipes, redirections and exit codes work as usual.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType

CLIENT = """#!{python} -SE
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(request).to_bytes(8, "big")], [0, 1, 2])
server.sendall(request)
code = server.recv(1)
sys.exit(code[0] if code else "the command ended without an exit code")
"""


class CommandServer:
    """A process that runs commands: ``with CommandServer(folder) as server: server.write_program(path)``.

    Args:
        folder: a folder for the server's socket; its path is short, because the path of a socket must be.
    """

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "commands")

    def __enter__(self) -> CommandServer:
        program = [sys.executable, __file__, self.address]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        self._process = subprocess.Popen(program, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def write_program(self, path: Path) -> None:
        """Write a program that sends its command to the server."""
        path.write_text(CLIENT.format(python=sys.executable, address=self.address), encoding="utf-8")
        path.chmod(0o755)


def serve(address: str) -> None:
    """Import what commands import, then answer every connection by a fork."""
    import datasets  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.metrics  # noqa: F401
    import transformers

    import spanreg.training.train  # noqa: F401

    # transformers imports its modules on first use.
    assert transformers.Trainer
    assert transformers.BertModel
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(1, b"ready\n")
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            run(connection)
        connection.close()


def run(connection: socket.socket) -> None:
    """Run one command in this process, as ``python -m spanreg`` would, and send its exit code."""
    size, files, *_ = socket.recv_fds(connection, 8, 3)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile("rb") as stream:
        arguments, folder, environment = json.loads(stream.read(int.from_bytes(size, "big")))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["spanreg", *arguments]
    try:
        runpy.run_module("spanreg", run_name="__main__", alter_sys=True)
        code: object = 0
    except SystemExit as stop:
        code = stop.code
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(bytes([code if isinstance(code, int) else int(code is not None)]))
    os._exit(0)


if __name__ == "__main__":
    # Its own folder would hide packages of the same names as the tests' folders.
    sys.path.pop(0)
    serve(sys.argv[1])
