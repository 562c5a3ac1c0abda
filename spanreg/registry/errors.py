"""The exception for a user's mistake, and the problems that it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, written as ``where: what is wrong. how to fix it``."""

    problem: str
    "What is wrong, with the value seen."
    path: str = ""
    "Key path in the config, for instance ``segmenter.dictionary.min_count``."
    hint: str = ""
    "What to do."
    file: str = ""
    line: int = 0
    "Line in ``file``, counted from 1; 0 where it is not known."
    only_to_run: bool = False
    "Whether the config is sound, and only the command that runs it lacks something, such as ``--include-package``."
    wrong_type: bool = False
    "The value has another type than the argument; AllenNLP raises a TypeError for such a value."

    @property
    def where(self) -> str:
        """File, line and key path, as far as known."""
        position = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " ".join(part for part in (position, self.path) if part)

    def __str__(self) -> str:
        text = ". ".join(part.rstrip(".") for part in (self.problem, self.hint) if part)
        return f"{self.where}: {text}" if self.where else text

    def as_dict(self) -> dict[str, str | int]:
        """Return the problem with its place, for ``--json``."""
        return {name: getattr(self, name) for name in ("problem", "path", "hint", "file", "line")}


class ConfigurationError(Exception):
    """A mistake in a config, a file or an argument that its user can fix.

    Args:
        problem: a text, or all problems at once.
        path: key path, relative to the component that raises; the registry puts the outer path in front.
        hint: what to do.
        file: the file at fault.
    """

    def __init__(self, problem: str | Iterable[Problem], *, path: str = "", hint: str = "", file: str = "") -> None:
        problems = [Problem(problem, path, hint, file)] if isinstance(problem, str) else list(problem)
        self.problems = tuple(problems)
        self.located = not isinstance(problem, str)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """All problems, one per line."""
        return "\n".join(str(problem) for problem in self.problems)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def under(self, path: str, file: str = "", line: int = 0) -> ConfigurationError:
        """Return the error with an outer key path in front; one that already has its full path is returned as it is."""
        if self.located:
            return self
        moved = (
            replace(
                problem,
                path=".".join(part for part in (path, problem.path) if part),
                file=problem.file or file,
                line=problem.line or line * (not problem.file),
            )
            for problem in self.problems
        )
        return type(self)(moved)


class ConfigurationTypeError(ConfigurationError, TypeError):
    """A value of the wrong type, which AllenNLP's users catch as a TypeError."""


class ConfigurationValueError(ConfigurationError, ValueError):
    """An override that fits nowhere or text that is not the value asked for; a ValueError in AllenNLP."""


class ConfigurationRuntimeError(ConfigurationError, RuntimeError):
    """Jsonnet that cannot be evaluated; a RuntimeError in AllenNLP, as the Jsonnet library raises it."""


class ConfigurationFileNotFoundError(ConfigurationError, FileNotFoundError):
    """A config file that does not exist."""


class ConfigurationNotImplementedError(ConfigurationError, NotImplementedError):
    """A component whose config is not known, and that has no ``_to_params``."""


def error_of(problems: Iterable[Problem]) -> ConfigurationError:
    """Return the exception for the problems of a plan: a TypeError, too, where a value has the wrong type."""
    found = list(problems)
    return (ConfigurationTypeError if any(problem.wrong_type for problem in found) else ConfigurationError)(found)


@contextmanager
def in_file(file: str) -> Iterator[None]:
    """Name the config file in the errors of the block, for problems with a key path and without a file."""
    try:
        yield
    except ConfigurationError as error:
        problems = (replace(one, file=one.file or file * bool(one.path)) for one in error.problems)
        raise type(error)(problems) from error.__cause__


@contextmanager
def within(path: str) -> Iterator[None]:
    """Put a key path in front of the errors of the block, for work that a component does after its construction."""
    try:
        yield
    except ConfigurationError as error:
        raise error.under(path) from error.__cause__
