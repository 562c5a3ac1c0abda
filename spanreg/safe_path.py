"""Keep the working directory off ``sys.path`` under ``python -m spanreg``, as it is for the command ``spanreg``.

Python puts it in front there, so that a file in it would take the place of an installed or built-in module. Nothing
may be imported before that is undone but modules that Python itself has loaded by now.
"""

import os
import sys


def leave_working_directory() -> None:
    """Take the working directory out of ``sys.path`` if ``python -m spanreg`` has put it there."""
    # While a package is imported for -m, argv has no file name yet.
    is_command = sys.argv[:1] == ["-m"] and any(_names_this_package(word) for word in sys.orig_argv[1:])
    if not is_command or sys.flags.safe_path or not sys.path or sys.path[0] not in ("", _working_directory()):
        return
    folder = sys.path.pop(0)
    # In a checkout that is not installed, this package is found nowhere else: then after everything else.
    if os.path.dirname(os.path.dirname(os.path.abspath(__file__))) == os.path.abspath(folder):
        sys.path.append(folder)


def _names_this_package(word: str) -> bool:
    return word.removeprefix("-m").split(".")[0] == __name__.split(".")[0]


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


leave_working_directory()
