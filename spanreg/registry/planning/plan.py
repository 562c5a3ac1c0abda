"""Plan a config by type hints: check every key and type, collect all problems, construct nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePath
from typing import Any, get_origin

from spanreg.registry.config.params import ConfigOrigin, Params
from spanreg.registry.errors import ConfigurationError, Problem, error_of
from spanreg.registry.marks import OnDisk
from spanreg.registry.names import spell_type, spell_value
from spanreg.registry.planning.nodes import ConfigPosition, PlanNode, ReadyValue

logger = logging.getLogger(__name__)

ON_DISK = OnDisk()
NOTHING = ReadyValue(None)
"Stands in the plan where a problem was reported; such a plan is never constructed."


@dataclass(frozen=True, slots=True)
class FileName:
    """What a config gives for an argument that names a file, a folder or a pattern of files."""

    text: str
    position: ConfigPosition
    or_remote: bool = False
    "A plain name may also be one on the hub."
    hint: str = ""
    "How to get such a file."
    tracked: bool = True
    "What the config describes depends on the content."


@dataclass(frozen=True, slots=True)
class PlanContext:
    """The place in a config that is being planned, with the lists of what is found."""

    path: str = ""
    origin: ConfigOrigin = field(default_factory=ConfigOrigin)
    extras: frozenset[str] = frozenset()
    "Names that are handed down."
    deferred: bool = False
    "Inside a ``Lazy``: further names may be handed down later."
    complete: bool = False
    "Inside a ``Lazy``: every name that may be is known, so that nothing required can still come."
    bare: bool = False
    "A bare string stands here for a component's ``type``."
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    "What is accepted and may be a mistake."
    names: list[FileName] = field(default_factory=list)
    "Names of files and folders."

    @property
    def position(self) -> ConfigPosition:
        """File, line and path; the line of the nearest enclosing key whose line is known."""
        path, lines = self.path, self.origin.lines
        while path and path not in lines:
            path = path.rpartition(".")[0]
        return ConfigPosition(self.path, self.origin.file, lines.get(path, 0))

    def at(self, key: str | int) -> PlanContext:
        """Return the place of a key below this one."""
        return replace(self, path=f"{self.path}.{key}" if self.path else str(key), bare=False)

    def report(self, problem: str, hint: str = "", *, only_to_run: bool = False) -> PlanNode:
        """Report a problem here; ``only_to_run`` as in ``Problem``."""
        self.problems.append(replace(self.position.problem(problem, hint), only_to_run=only_to_run))
        return NOTHING

    def mismatch(self, value: Any, annotation: Any = None, hint: str = "") -> PlanNode:
        """Report a value of the wrong type: give what the annotation asks for, or what the hint says."""
        problem = self.position.problem(f"is {spell_value(value)}", hint or f"give {spell_type(annotation)}")
        self.problems.append(replace(problem, wrong_type=True))
        return NOTHING

    def trial(self) -> PlanContext:
        """Return this place with problems, warnings and names of its own, to try a type that may not fit."""
        return replace(self, problems=[], warnings=[], names=[])

    def take(self, error: ConfigurationError, *, only_to_run: bool = False) -> PlanNode:
        """Report the problem of an error here."""
        return self.report(error.problems[0].problem, error.problems[0].hint, only_to_run=only_to_run)

    def note(self, value: Any, mark: OnDisk = ON_DISK) -> None:
        """Record the name of a file or folder, or several in a list."""
        if isinstance(value, str | PurePath):
            self.names.append(FileName(str(value), self.position, mark.or_remote, mark.hint))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.at(index).note(item, mark)


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked config of one component."""

    root: PlanNode
    problems: tuple[Problem, ...]
    names: tuple[FileName, ...] = ()
    "What the config gives for arguments that name files or folders (``Path``, ``OnDisk``)."
    warnings: tuple[Problem, ...] = ()
    "What is accepted and may be a mistake: null for an argument whose type does not allow it."

    def construct(self, /, **extras: Any) -> Any:
        """Build the component.

        Raises:
            ConfigurationError: all problems of the plan at once; nothing was constructed then.
        """
        if self.problems:
            raise error_of(self.problems)
        return self.root.construct(extras)

    def log_warnings(self) -> None:
        """Log each warning, once in a process."""
        for warning in self.warnings:
            _log_once(str(warning))


@lru_cache(maxsize=1024)
def _log_once(text: str) -> None:
    logger.warning("%s", text)


@dataclass(frozen=True, slots=True)
class RootClass:
    """A class whose ``from_params`` is running, and is not called again."""

    cls: type
    call: Callable[..., Any] | None = None
    "Called in place of the class."
    inspect: Callable[..., Any] | None = None
    "Its signature counts in place of that of ``call``."


Handler = Callable[[Any, Any, PlanContext], PlanNode]

HANDLERS: dict[Any, Handler] = {}
"By type or by the origin of a generic."
BASES: list[type] = []
"Types of the table that their subclasses share, in the order in which they are tried."


def handles(*kinds: Any, subclasses: bool = False) -> Callable[[Handler], Handler]:
    """Register a handler for types."""

    def enter(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        BASES.extend(kinds if subclasses else ())
        return handler

    return enter


def plan_value(annotation: Any, value: Any, place: PlanContext) -> PlanNode:
    """Plan a value of any supported type; problems go to ``place``."""
    if isinstance(value, Params):
        value = value.as_dict(quiet=True)
    origin = get_origin(annotation) or annotation
    exact = (origin, type(origin)) if isinstance(origin, Hashable) and type(origin) is not type else (origin,)
    for kind in exact:
        if isinstance(kind, Hashable) and kind in HANDLERS:
            return HANDLERS[kind](annotation, value, place)
    if isinstance(origin, type):
        family = next((family for family in BASES if family in origin.__mro__), object)
        return HANDLERS[family](annotation, value, place)
    hint = "annotate the argument with a type that a config can give"
    return place.report(f"the type {annotation} is not supported", hint)


def sort(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by position in the file, those without a line in the order in which they were found."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line or 10**9))
