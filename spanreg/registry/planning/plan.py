"""Plan a config by type hints: check every key and type, and collect all problems."""

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
from spanreg.registry.names import spell_type, spell_value, text_hint
from spanreg.registry.planning.nodes import ConfigPosition, PlanNode, ReadyValue

logger = logging.getLogger(__name__)

ON_DISK = OnDisk()
INVALID = ReadyValue(None)
"Placeholder for a value with a problem; such a plan is never constructed."


@dataclass(frozen=True, slots=True)
class FileName:
    """The name of a file, a folder or a pattern of files in a config.

    ``[name.text for name in plan_params(Experiment, config).names]``
    """

    text: str
    position: ConfigPosition
    or_remote: bool = False
    "A plain name may be one on the hub."
    hint: str = ""
    "How to get such a file."
    tracked: bool = True
    "The result depends on the content of the file."


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Position in a config that is being planned, with the lists that collect what is found.

    ``PlanContext().at("training").report("is missing", "add it")``

    All contexts of one plan share these lists, except those of ``trial``.
    """

    path: str = ""
    origin: ConfigOrigin = field(default_factory=ConfigOrigin)
    extras: frozenset[str] = frozenset()
    "Names of arguments that are passed at run time."
    deferred: bool = False
    "Inside a ``Lazy``: ``construct`` may pass further arguments."
    complete: bool = False
    "Inside a ``Lazy``: all arguments of ``construct`` are known, so a missing one is an error now."
    bare: bool = False
    "The config is a bare string, the ``type`` of a component."
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    "Accepted values that may be mistakes."
    names: list[FileName] = field(default_factory=list)
    "Names of files and folders."

    @property
    def position(self) -> ConfigPosition:
        """Key path, file and line; the line is that of the nearest enclosing key with a known line."""
        path, lines = self.path, self.origin.lines
        while path and path not in lines:
            path = path.rpartition(".")[0]
        return ConfigPosition(self.path, self.origin.file, lines.get(path, 0))

    def at(self, key: str | int) -> PlanContext:
        """Return the context of a key below this one."""
        path = f"{self.path}.{key}" if self.path else str(key)
        # Not dataclasses.replace, which takes twice as long: planning a study calls this for every key of every arm.
        found = (self.problems, self.warnings, self.names)
        return PlanContext(path, self.origin, self.extras, self.deferred, self.complete, False, *found)

    def report(self, problem: str, hint: str = "", *, only_to_run: bool = False) -> PlanNode:
        """Report a problem here.

        Args:
            problem: what is wrong.
            hint: how to fix it.
            only_to_run: see ``Problem``.
        """
        self.problems.append(replace(self.position.problem(problem, hint), only_to_run=only_to_run))
        return INVALID

    def mismatch(self, value: Any, annotation: Any = None, hint: str = "") -> PlanNode:
        """Report a value of the wrong type; the default hint names the type of the annotation."""
        hint = "; ".join(filter(None, (text_hint(value), hint or f"give {spell_type(annotation)}")))
        problem = self.position.problem(f"is {spell_value(value)}", hint)
        self.problems.append(replace(problem, wrong_type=True))
        return INVALID

    def trial(self) -> PlanContext:
        """Return a copy with empty lists, to try a type that may not fit."""
        return replace(self, problems=[], warnings=[], names=[])

    def adopt(self, trial: PlanContext) -> None:
        """Report what a trial without problems has found."""
        self.warnings.extend(trial.warnings)
        self.names.extend(trial.names)

    def report_error(self, error: ConfigurationError, *, only_to_run: bool = False) -> PlanNode:
        """Report the first problem of an error here.

        Args:
            error: what looking up a name has raised; it has one problem.
            only_to_run: see ``Problem``.
        """
        return self.report(error.problems[0].problem, error.problems[0].hint, only_to_run=only_to_run)

    def note_name(self, value: Any, mark: OnDisk = ON_DISK) -> None:
        """Record the name of a file or folder, or several in a list.

        Args:
            value: a string or a path, or a list of them; anything else is ignored.
            mark: how the argument is annotated.
        """
        if isinstance(value, str | PurePath):
            self.names.append(FileName(str(value), self.position, mark.or_remote, mark.hint))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.at(index).note_name(item, mark)


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked config of one component.

    ``plan_params(Segmenter, config).construct(dictionary=dictionary)``
    """

    root: PlanNode
    problems: tuple[Problem, ...]
    names: tuple[FileName, ...] = ()
    "Values of arguments that name files or folders (``Path``, ``OnDisk``)."
    warnings: tuple[Problem, ...] = ()
    "Accepted values that may be mistakes: null for an argument whose type does not allow it."

    def construct(self, /, **extras: Any) -> Any:
        """Return a new object, built by the plan.

        Args:
            extras: arguments that the config does not give, passed by name to components at every depth.

        Raises:
            ConfigurationError: all problems of the plan at once, before anything is constructed.
        """
        if self.problems:
            raise error_of(self.problems)
        return self.root.construct(extras)

    def log_warnings(self) -> None:
        """Log each warning once per process."""
        for warning in self.warnings:
            _log_once(str(warning))


# Cached, so that the same text is logged once: a study plans the same config for every arm.
@lru_cache(maxsize=1024)
def _log_once(text: str) -> None:
    logger.warning("%s", text)


@dataclass(frozen=True, slots=True)
class RootClass:
    """A class whose ``from_params`` is being called, so that it must not be called again.

    ``plan_value(RootClass(Segmenter), {"type": "max_match"}, PlanContext())``
    """

    cls: type
    call: Callable[..., Any] | None = None
    "Called instead of the class."
    inspect: Callable[..., Any] | None = None
    "Its signature replaces that of ``call``."


Handler = Callable[[Any, Any, PlanContext], PlanNode]

HANDLERS: dict[Any, Handler] = {}
"Handlers by type, or by the origin of a generic type."
BASES: list[type] = []
"Types whose subclasses use the same handler, in the order in which they are tried."


def handles(*kinds: Any, subclasses: bool = False) -> Callable[[Handler], Handler]:
    """Decorator that registers a handler for types, and with ``subclasses`` for their subclasses."""

    def enter(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        BASES.extend(kinds if subclasses else ())
        return handler

    return enter


def plan_value(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan a value of any supported type, and report problems to ``context``."""
    if isinstance(value, Params):
        value = value.as_dict(quiet=True)
    origin = get_origin(annotation) or annotation
    # The type of an annotation is also a key: TypeVar, NewType and InitVar annotate by their instances. That of a plain
    # class is not, because the handler for ``type`` plans the names of classes.
    exact = (origin, type(origin)) if isinstance(origin, Hashable) and type(origin) is not type else (origin,)
    for kind in exact:
        if isinstance(kind, Hashable) and kind in HANDLERS:
            return HANDLERS[kind](annotation, value, context)
    if isinstance(origin, type):
        # Any other class is planned by the signature of its constructor.
        family = next((family for family in BASES if family in origin.__mro__), object)
        return HANDLERS[family](annotation, value, context)
    hint = "annotate the argument with a type that a config can give"
    return context.report(f"the type {annotation} is not supported", hint)


def sort(problems: Iterable[Problem]) -> list[Problem]:
    """Return distinct problems by line; those without a line come last, in the order found."""
    # Sorting is stable, and no file has 10**9 lines.
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line or 10**9))
