"""Prepare the process of a command: standard streams, a user name, a working directory, UTF-8 arguments.

All assumptions of commands about their process are established here, once, before a command starts.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from spanreg.registry import ConfigurationError
from spanreg.system import QUOTA_EXCEEDED, has_user_entry, user_id

_ESCAPE: Final = "spanreg.escape"
"Name of the error handler of standard output."

_HINTS: Final = {
    errno.ENOSPC: "free some space",
    QUOTA_EXCEEDED: "free some space",
    errno.EFBIG: "raise the limit (ulimit -f)",
    errno.EBADF: "it is closed: open it, or redirect it to /dev/null",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENOMEM: "free some memory",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "name a place that is writable",
}


class StandardOutput(io.TextIOWrapper):
    """Standard output that escapes characters missing in its encoding, and keeps the error of a failed write.

    ``sys.stdout = StandardOutput(sys.stdout)``
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        # The former stream shares this buffer, and closes it when it is deleted. ``sys.__stdout__`` keeps it alive.
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors=_ESCAPE,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self.failure: OSError | None = None

    def write(self, text: str, /) -> int:
        with self._remembering():
            return super().write(text)

    def flush(self) -> None:
        with self._remembering():
            super().flush()

    @contextlib.contextmanager
    def _remembering(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error
            raise


def prepare_process() -> None:
    """Make the standard streams usable, and set variables for libraries that need a user name or a home folder."""
    _open_closed_streams()
    codecs.register_error(_ESCAPE, escape)
    # Not for a stream that a caller, such as pytest, has put in its place.
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = StandardOutput(sys.stdout)
    _name_the_user()


def require_usable_process(arguments: Sequence[str]) -> None:
    """Raise an error if the process cannot run any command.

    Raises:
        ConfigurationError: the working directory was removed, or an argument or the path of the working directory is
            not UTF-8, which JSON and the tokenizers' files cannot contain.
    """
    # Python decodes such bytes to lone surrogates, which fail only where they are written.
    wrong = next((argument for argument in arguments if not _is_utf8(argument)), None)
    if wrong is not None:
        raise ConfigurationError(
            f"the argument '{_printable(wrong)}' is not valid UTF-8", hint="rename the file, or write the text as UTF-8"
        )
    try:
        folder = str(Path.cwd())
    except FileNotFoundError:
        raise ConfigurationError(
            "the working directory does not exist any more", hint="change to another one with cd"
        ) from None
    if not _is_utf8(folder):
        raise ConfigurationError(
            f"the path of the working directory is not valid UTF-8: '{_printable(folder)}'",
            hint="rename the folder, or change to another one",
        )


def output_error() -> OSError | None:
    """Flush standard output, and return the error of this or an earlier failed write, or None."""
    try:
        sys.stdout.flush()
    except OSError as error:
        failure: OSError | None = error
    else:
        failure = getattr(sys.stdout, "failure", None)
    if failure is not None:
        # Otherwise flushing the buffer when the interpreter ends would raise again, and change the exit code to 120.
        # A stream that a caller has put in its place may have no descriptor.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return failure


def system_error(error: OSError, where: str = "") -> str:
    """Return the message for an error of the system.

    Args:
        error: the error.
        where: what could not be read or written; default: the file of the error.
    """
    # Errors of ``rename`` and ``link`` have two files.
    files = [os.fsdecode(file) for file in (error.filename, error.filename2) if isinstance(file, str | bytes)]
    hint = _HINTS.get(error.errno or 0, "check the path")
    return f"{where or ' -> '.join(files) or type(error).__name__}: {error.strerror or error}. {hint}"


def escape(error: UnicodeError) -> tuple[str, int]:
    r"""Replace characters missing in an encoding by ``\uXXXX``, which JSON reads as the same characters."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # As JSON, in UTF-16: a character beyond U+FFFF is a pair of surrogates.
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True)), error.end


def _open_closed_streams() -> None:
    """Replace closed standard streams by a device; otherwise the next opened file would become that stream.

    Standard input stays None, which ``standard_input`` reports.
    """
    # Standard output is opened for reading: writing results to it fails, where a writable device would lose them.
    flags = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
    for descriptor, (name, flag) in enumerate(flags.items()):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, flag)
        # The system returns the lowest free descriptor, which usually is this one.
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        if name != "stdin":
            # Python leaves closed streams None at its start, also those with two underscores.
            # closefd is off, as in the streams that Python makes: a deleted object leaves the descriptor open.
            stream = open(descriptor, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _name_the_user() -> None:
    """Set a name and folders for a user id without an entry, as in many containers: torch needs a user name."""
    if has_user_entry():
        return
    os.environ.setdefault("LOGNAME", f"uid-{user_id()}")
    cache = os.environ.get("SPANREG_CACHE")
    if cache and "HOME" not in os.environ:
        # Without a home folder, libraries would make a folder named '~' in the working directory.
        os.environ.setdefault("XDG_CACHE_HOME", cache)
        os.environ.setdefault("HF_HOME", str(Path(cache) / "huggingface"))


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
