"""Checks of the paths that a command takes, made before it imports torch or computes for hours."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from spanreg.registry import ConfigurationError, MistakeCollector, include_packages
from spanreg.storage import require_makeable


def ready_run(arguments: Namespace, *checks: Callable[[], object]) -> Path:
    """Return the folder of the command's run, after its packages are included and all arguments are checked.

    Args:
        arguments: arguments of a command that takes ``RUN`` and ``--include-package``.
        checks: checks of the other arguments.

    Raises:
        ConfigurationError: the mistakes of all arguments at once; or the model cannot be fetched from the hub.
    """
    from spanreg.integrations.hub import fetch_model, remote_name
    from spanreg.training.runs.reader import finished_run

    mistakes = MistakeCollector()
    with mistakes:
        include_packages(arguments.include_package)
    folder: Path = arguments.run.expanduser()
    name = remote_name(arguments.run)
    with mistakes:
        if name is None:
            finished_run(folder)
    for check in checks:
        with mistakes:
            check()
    mistakes.raise_all()
    if name is not None:
        # Last: a model may be gigabytes, which a mistyped input file must not cost.
        folder = fetch_model(name)
        finished_run(folder)
    return folder


def require_input(path: str | Path, hint: str = "give a file or a folder, or - for stdin") -> None:
    """Check that a file or folder to read exists.

    Raises:
        ConfigurationError: it does not.
    """
    if not Path(path).exists():
        raise ConfigurationError(f"cannot read {path}: No such file or directory", hint=hint)


def require_new(folder: Path) -> None:
    """Check that a folder does not exist, and that it can be made.

    Raises:
        ConfigurationError: it exists, or its parent is not writable.
    """
    if folder.exists():
        raise ConfigurationError(f"{folder} exists already", hint="name a new folder")
    require_writable(folder)


def require_writable(path: Path) -> None:
    """Check that a file can be written, or a folder be made, at a path; nothing stays there.

    Raises:
        NotWritableError: the folder above it is not writable.
        ConfigurationError: the path is a folder, or a file is in its way.
    """
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder", hint="name a file")
    if path.exists() and not path.is_file():
        return  # a device or a pipe is not replaced, so that its folder may be read-only
    require_makeable(path)
