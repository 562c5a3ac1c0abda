"""Evaluate one Jsonnet text; run as a script by ``process.py``, with the folder of the Jsonnet library.

The script reads its request, which ``marshal`` wrote, from stdin. It writes the answer to stdout: a line with the kind
of the answer and its details, then the evaluated text or the error. Only small modules are imported, because every
command waits for the start of this process.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

EXTERNAL = "spanreg-external-variable:"
"Importing this and a number returns the value of an external variable, which records that it is used."

PROBE = "spanreg-probe:"
"Importing this and a number records which probe is evaluated."
_MOST_FAILURES = 64
"Failed probes after which the remaining ones are left out: each failure costs an evaluation of the whole list."

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
"Without O_NONBLOCK, opening a pipe would wait for its writer."

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ImportRefusedError(Exception):
    """A file must not be imported; ``kind`` is the reason, a key of ``messages._REFUSALS``.

    ``raise ImportRefusedError("missing", "base.libsonnet")``
    """

    def __init__(self, kind: str, asked: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.asked = asked


class FileImporter:
    """Callback of Jsonnet that reads imported files, only below the allowed folders, and external variables.

    ``FileImporter(request).read_file("configs/", "base.libsonnet")``

    Parameters:
        request: the request of ``evaluator.py``.
    """

    def __init__(self, request: dict[str, Any]) -> None:
        self.roots: list[tuple[str, list[str]]] = request["roots"]
        # Searched here, because the library itself crashes on a --jpath that is not UTF-8.
        self.searched: list[str] = request["searched"]
        self.externals: list[tuple[str, bool, str]] = request["externals"]
        # Shared by all files, so that many small imports are limited like a large one.
        self.left: int = request["size"]
        self.used: list[int] = []
        self.texts: dict[str, str] = request.get("texts", {})
        self.probe = 0
        self.refused: ImportRefusedError | None = None
        # Jsonnet passes folders as its messages show them, which differs from their paths if these are not UTF-8.
        self.folders = {folder_of(request["name"]): request["folder"]}

    def __call__(self, folder: str, asked: str) -> tuple[str, bytes]:
        if asked.startswith(EXTERNAL) and asked[len(EXTERNAL) :].isdecimal():
            # A config may also write such a path itself: it gets no other variables than by ``std.extVar``.
            number = int(asked[len(EXTERNAL) :])
            name, _, value = self.externals[number]
            if number not in self.used:
                self.used.append(number)
            return f"<extvar:{name}>", value.encode()
        if self.texts and asked.startswith(PROBE) and asked[len(PROBE) :].isdecimal():
            self.probe = int(asked[len(PROBE) :])
            return asked, asked.encode()
        try:
            shown, content = self.read_file(folder, asked)
            return shown, self.texts[shown].encode() if shown in self.texts else content
        except ImportRefusedError as refused:
            # Jsonnet turns an exception of its callback into text, so the reason is kept for the answer.
            self.refused = refused
            raise

    def read_file(self, folder: str, asked: str) -> tuple[str, bytes]:
        """Return the path, as messages show it, and the content of an imported file.

        Raises:
            ImportRefusedError: the file does not exist or must not be read.
        """
        refused = ImportRefusedError("missing", asked)
        # The importing file's folder comes first, then those of --jpath, of which the last one has precedence.
        for start in (self.folders.get(folder, folder), *reversed(self.searched)):
            path = os.path.join(start, asked)
            # Links are resolved before the check, so that a link cannot lead out of the allowed folders.
            real = os.path.realpath(path)
            # Security: refused before looking whether the file exists, so that the error does not show it.
            if kind := self._refusal(real):
                refused = ImportRefusedError(kind, asked)
            elif os.path.exists(real):
                content = self.read_regular(real, asked)
                # One path for each file, so that it is parsed once, and messages show no detours.
                short = os.path.normpath(path)
                path = short if os.path.realpath(short) == real else path
                shown = os.fsencode(path).decode("utf-8", "backslashreplace")
                self.folders[folder_of(shown)] = folder_of(path)
                return shown, content
        raise refused

    def _refusal(self, real: str) -> str:
        """Return why a path must not be read, whether or not it exists; empty if it may be read."""
        kind = "outside"
        for root, suffixes in self.roots:
            start = root.rstrip(os.sep) + os.sep
            # Hidden folders above the root are allowed: the whole project may be in one.
            inside = real[len(start) :]
            if not real.startswith(start):
                continue
            if any(part.startswith(".") for part in inside.split(os.sep)):
                kind = "hidden"
            elif suffixes and os.path.splitext(real)[1] not in suffixes:
                kind = "suffix"
            else:
                return ""
        return kind

    def read_regular(self, path: str, asked: str) -> bytes:
        """Return the content of a text file whose links are resolved."""
        try:
            # O_NOFOLLOW, because the path may have been replaced by a link since it was checked.
            handle = os.open(path, _OPEN | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            raise ImportRefusedError("unreadable", asked) from None
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ImportRefusedError("special", asked)
            # One byte more than allowed shows that the file is too long, without reading all of it.
            content = file.read(self.left + 1)
        self.left -= len(content)
        if self.left < 0:
            raise ImportRefusedError("size", asked)
        if b"\0" in content or not _is_utf8(content):
            raise ImportRefusedError("binary", asked)
        return content.removeprefix(_BYTE_ORDER_MARK)


def main() -> None:
    """Read the request from stdin and write the answer to stdout."""
    # Before the request, which may come later: the parent process starts this one while it imports its own modules.
    sys.path.append(sys.argv[1])
    import _jsonnet

    # Safe: the parent process wrote it. The answer, which a config can influence, is plain text.
    request = marshal.loads(sys.stdin.buffer.read())  # nosec B302
    _limit(request["seconds"], request["memory"], request["watched"])
    importer = FileImporter(request)
    # Variables are passed as imports, because an import shows which of them the config uses.
    codes = {name: external_expression(number, is_code) for number, (name, is_code, _) in enumerate(importer.externals)}

    def evaluate(text: str) -> str:
        value: str = _jsonnet.evaluate_snippet(request["name"], text, ext_codes=codes, import_callback=importer)
        return value

    try:
        value = _evaluate_probes(request, importer, evaluate) if "probes" in request else evaluate(request["text"])
        content = value.encode("utf-8", "surrogatepass")
    except MemoryError:
        _answer("memory", [], b"")
    except RuntimeError as error:
        refused = importer.refused
        details = [refused.kind, refused.asked] if refused else []
        _answer("refused" if refused else "error", details, str(error).encode("utf-8", "surrogatepass"))
    if len(content) > request["size"]:
        _answer("size", [], b"")
    _answer("value", [importer.externals[number][0] for number in importer.used], content)


def external_expression(number: int, is_code: bool) -> str:
    """Return the Jsonnet that reads the external variable with a number."""
    return f"{'import' if is_code else 'importstr'} '{EXTERNAL}{number}'"


def _evaluate_probes(request: dict[str, Any], importer: FileImporter, evaluate: Callable[[str], str]) -> str:
    """Return the values of a function for several numbers, without those for which it fails, as a list of pairs."""
    probes: list[int] = request["probes"]
    size = importer.left
    for _ in range(_MOST_FAILURES):
        importer.left = size  # every attempt may read all files again
        pairs = ", ".join(f"[importstr '{PROBE}{number}', spanreg_config({number})]" for number in probes)
        try:
            return evaluate(f"local spanreg_config = {request['text']}; [{pairs}]")
        except RuntimeError:
            # Number 0 changes nothing, so this error is one of the config itself.
            if importer.probe == 0:
                raise
            # Jsonnet cannot catch errors, so the list is evaluated again without the probe that failed.
            probes.remove(importer.probe)
            importer.probe = 0
    return evaluate(f"local spanreg_config = {request['text']}; [['{PROBE}0', spanreg_config(0)]]")


def folder_of(path: str) -> str:
    """Return the folder of a path as Jsonnet passes it to an import: ending with a separator, or empty."""
    return path[: path.rfind("/") + 1]


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _limit(seconds: float, memory: int, watched: bool) -> None:
    """Limit time and memory of this process, by the system if possible, otherwise by a thread."""
    try:
        import resource

        most = int(seconds) + (seconds > int(seconds))
        # Also stops this process after its parent was killed. The soft limit ends it with SIGXCPU, which the parent
        # recognizes; a second later, the hard one with SIGKILL.
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
        # A process that runs out of memory would write all of it to disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not watched:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            return
    except (ImportError, ValueError, OSError):
        pass
    _watch(memory)


def _watch(memory: int) -> None:
    """End this process when it uses too much memory; Jsonnet releases the interpreter's lock while it evaluates."""
    import threading
    import time

    def look() -> None:
        while _memory() <= memory:
            time.sleep(0.02)
        _answer("memory", [], b"")

    threading.Thread(target=look, daemon=True).start()


def _memory() -> int:
    """Return the memory of this process in bytes: the current use, else the peak, else 0."""
    try:
        # On Linux, the peak of a new process includes the memory of its parent, so the current use is read instead.
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _answer(kind: str, details: list[str], content: bytes) -> NoReturn:
    """Write the answer and end the process at once, without the time to free its memory."""
    # Escaped, because an imported path may contain the tabs and line feeds that separate the parts.
    head = "\t".join([kind, *(detail.encode("unicode_escape").decode() for detail in details)])
    with open(1, "wb") as stream:
        stream.write(head.encode() + b"\n" + content)
    os._exit(0)


if __name__ == "__main__":
    main()
