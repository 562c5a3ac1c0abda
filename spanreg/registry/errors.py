"""The exception for a user's mistake, and the problems that it reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

_LINE_ENDS: Final = {ord("\n"): "␊", ord("\r"): "␍"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, written as ``where: what is wrong. how to fix it``.

    ``Problem("is 0", path="training.epochs", hint="give at least 1")``
    """

    problem: str
    "What is wrong, with the value in the config."
    path: str = ""
    "Key path in the config, for instance ``segmenter.dictionary.min_count``."
    hint: str = ""
    "How to fix it."
    file: str = ""
    line: int = 0
    "Line in ``file``, counted from 1; 0 where it is not known."
    column: int = 0
    "Column in that line, counted from 1; 0 where it is not known."
    only_to_run: bool = False
    "The config is correct, but the command that runs it needs more, such as ``--include-package``."
    wrong_type: bool = False
    "The value has the wrong type; AllenNLP raises a TypeError for it."

    @property
    def where(self) -> str:
        """File, line and key path, where they are known."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part) if self.file else ""
        return " ".join(part for part in (place, self.path) if part)

    def __str__(self) -> str:
        # Only what ends a sentence: a part may also end with the folder '.' or '..'.
        text = ". ".join(re.sub(r"(?<![\s./])\.+$", "", part) for part in (self.problem, self.hint) if part)
        # A key or a value may contain line feeds, but a problem is one line.
        return (f"{self.where}: {text}" if self.where else text).translate(_LINE_ENDS)

    def as_dict(self) -> dict[str, str | int]:
        """Return the problem with its place, for ``--json``."""
        return {name: getattr(self, name) for name in ("problem", "path", "hint", "file", "line", "column")}


class ConfigurationError(Exception):
    """A mistake in a config, a file or an argument that its user can fix.

    ``raise ConfigurationError("is 0", path="epochs", hint="give at least 1")``

    Args:
        problem: a text, or all problems at once.
        path: key path, relative to the component that raises; the registry prepends the outer path.
        hint: how to fix it.
        file: the file at fault.
        relative: the paths of several problems are relative to the component that raises, as ``path`` is.
    """

    def __init__(
        self,
        problem: str | Iterable[Problem],
        *,
        path: str = "",
        hint: str = "",
        file: str = "",
        relative: bool = False,
    ) -> None:
        problems = [Problem(problem, path, hint, file)] if isinstance(problem, str) else problem
        # Distinct, because a part that is used twice, as the base of several arms, has its problems twice.
        self.problems = tuple(dict.fromkeys(problems))
        # Several problems come from a plan, which knows their full paths; a component knows only paths within itself.
        self.located = not isinstance(problem, str) and not relative
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """All problems, one per line."""
        return "\n".join(str(problem) for problem in self.problems)

    def __str__(self) -> str:
        return self.message

    # Workers send their errors pickled; by default, Python would call the class with the message alone.
    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def under(self, path: str, file: str = "", line: int = 0) -> ConfigurationError:
        """Return the error with an outer key path prepended, or the error itself if it has its full path.

        Args:
            path: the outer key path.
            file: file for the problems that name none.
            line: line of ``path`` in that file.
        """
        if self.located:
            return self
        moved = (
            replace(
                problem,
                path=".".join(part for part in (path, problem.path) if part),
                file=problem.file or file,
                # The line belongs to ``file``, not to the file that a problem names itself.
                line=problem.line or line * (not problem.file),
            )
            for problem in self.problems
        )
        return type(self)(moved)


class ConfigurationTypeError(ConfigurationError, TypeError):
    """A value of the wrong type; also a TypeError, as in AllenNLP.

    ``Params({"epochs": []}).pop_int("epochs")`` raises it.
    """


class ConfigurationValueError(ConfigurationError, ValueError):
    """An override of a missing key, or text that cannot be converted; also a ValueError, as in AllenNLP.

    ``Params({"epochs": "x"}).pop_int("epochs")`` raises it.
    """


class ConfigurationRuntimeError(ConfigurationError, RuntimeError):
    """Jsonnet that cannot be evaluated; also a RuntimeError, as the Jsonnet library raises it.

    ``Params.from_file("syntax_error.jsonnet")`` raises it.
    """


class ConfigurationFileNotFoundError(ConfigurationError, FileNotFoundError):
    """A config file that does not exist; also a FileNotFoundError.

    ``Params.from_file("missing.jsonnet")`` raises it.
    """


class ConfigurationNotImplementedError(ConfigurationError, NotImplementedError):
    """A component whose config is unknown and that has no ``_to_params``; also a NotImplementedError.

    ``component.to_params()`` raises it.
    """


def error_of(problems: Iterable[Problem]) -> ConfigurationError:
    """Return the exception for the problems of a plan; also a TypeError if a value has the wrong type."""
    found = list(problems)
    return (ConfigurationTypeError if any(problem.wrong_type for problem in found) else ConfigurationError)(found)


class MistakeCollector:
    """Collects the mistakes of independent steps, so that all are reported at once.

    ``with mistakes: read_data()``, once for each step; at the end ``mistakes.raise_all()``
    """

    def __init__(self) -> None:
        self._errors: list[ConfigurationError] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, ConfigurationError):
            self._errors.append(error)
            return True
        return False

    @property
    def problems(self) -> list[Problem]:
        """The mistakes so far."""
        return [problem for error in self._errors for problem in error.problems]

    def raise_all(self) -> None:
        """Raise the mistakes of all steps as one error; do nothing if there are none.

        Raises:
            ConfigurationError: at least one step failed; a single error is raised as it was.
        """
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise error_of(self.problems)


@contextmanager
def in_file(file: str) -> Iterator[None]:
    """Add a config file to errors raised in the block, for problems with a key path and without a file.

    ``with in_file("config.jsonnet"): Segmenter.from_params(values)``

    Raises:
        ConfigurationError: the error of the block, with the file.
    """
    try:
        yield
    except ConfigurationError as error:
        problems = (replace(one, file=one.file or file * bool(one.path)) for one in error.problems)
        # Not ``from error``: the traceback would show the same error twice.
        raise type(error)(problems) from error.__cause__


@contextmanager
def within(path: str) -> Iterator[None]:
    """Prepend a key path to errors raised in the block, for work that a component does after its construction.

    ``with within("data"): reader.read("train")``

    Raises:
        ConfigurationError: the error of the block, with the longer path.
    """
    try:
        yield
    except ConfigurationError as error:
        raise error.under(path) from error.__cause__
