"""Keep the working directory off ``sys.path`` under ``python -m spanreg``, as it is for the command ``spanreg``.

Python puts it first there, so that a file in it would replace an installed or built-in module. Before it is removed,
this module may import only modules that Python itself has already loaded.
"""

import os
import sys


def leave_working_directory() -> None:
    """Remove the working directory from ``sys.path`` if ``python -m spanreg`` has added it."""
    # While Python imports the package of -m, argv[0] is still "-m".
    package = __name__.split(".")[0]
    names_package = any(word.removeprefix("-m").split(".")[0] == package for word in sys.orig_argv[1:])
    is_command = sys.argv[:1] == ["-m"] and names_package
    if not is_command or sys.flags.safe_path or not sys.path or sys.path[0] not in ("", _working_directory()):
        return
    folder = sys.path.pop(0)
    # In a checkout that is not installed, this package is found only here, so the folder is put last.
    if os.path.dirname(os.path.dirname(os.path.abspath(__file__))) == os.path.abspath(folder):
        sys.path.append(folder)


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return None


leave_working_directory()
