"""Origins of the values of a config: a line of a file, a flag of the command line, a default, or run time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"Keys and indices from the top of a config."


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """The place that decides a value.

    ``str(trace_config("mrpc.jsonnet")[("training", "epochs")])`` is ``"base.libsonnet:12"``.
    """

    kind: str
    "See ``KINDS``."
    file: str = ""
    line: int = 0
    "Counted from 1; 0 if no single line is known."
    name: str = ""
    "Name of the external variable, path of the imported text, or the override as it was given."

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return KINDS[self.kind].format(place=place, name=self.name).removesuffix(" ()")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that are known, for ``--json``."""
        known = {"kind": self.kind, "file": self.file, "line": self.line, "name": self.name}
        return {key: value for key, value in known.items() if value}


KINDS: Final = {
    "literal": "{place}",
    "computed": "computed in {place}",
    "text": "text of {name} ({place})",
    "ext-var": "--ext-var {name} ({place})",
    "ext-code": "--ext-code {name} ({place})",
    "environment": "environment variable {name} ({place})",
    "set": "--set {name}",
    "overrides": "-o {name}",
    "mode": "mode of the study ({place})",
    "default": "default",
    "run time": "run time",
    "inherited": "an outer component, at run time",
}
"Kinds of origins, each with its spelling."

DEFAULT: Final = ValueOrigin("default")
RUN_TIME: Final = ValueOrigin("run time")
INHERITED: Final = ValueOrigin("inherited")


@dataclass(frozen=True, slots=True)
class ValueOrigins:
    """The origins of all values of a config.

    ``trace_config("config.jsonnet")[("training", "epochs")].line``
    """

    file: str
    found: Mapping[KeyPath, ValueOrigin] = field(default_factory=dict)
    values: Any = None
    "Values that the traced file evaluates to; None if it could not be traced."

    def matching(self, values: Any) -> ValueOrigins:
        """Return these origins if they are those of some values, otherwise origins that name the file alone.

        A config that uses what the instrumentation needs evaluates to something else when it is traced.
        """
        return self if self.values == values else ValueOrigins(self.file)

    def __getitem__(self, path: KeyPath) -> ValueOrigin:
        """Return the origin of a value; for a computed one, the nearest enclosing key with a known place."""
        if path in self.found:
            return self.found[path]
        # A component's ``type`` may be written as the component itself: ``aggregator: 'none'``.
        if path and path[-1] == "type" and path[:-1] in self.found:
            return self.found[path[:-1]]
        for length in range(len(path) - 1, 0, -1):
            if (above := self.found.get(path[:length])) is not None:
                return ValueOrigin("computed", above.file, above.line) if above.kind == "literal" else above
        return ValueOrigin("computed", self.file)

    def of_value(self, path: KeyPath, value: Any) -> ValueOrigin:
        """Return the origin of a value; for a list whose items share an origin, that of the items."""
        items = {self[*path, index] for index in range(len(value))} if isinstance(value, list) else ()
        return next(iter(items)) if len(items) == 1 else self[path]

    def replaced(self, at: Iterable[KeyPath], origin: ValueOrigin) -> ValueOrigins:
        """Return a copy in which some keys, and all keys below them, have another origin."""
        paths = tuple(at)
        kept = {
            path: one for path, one in self.found.items() if not any(path[: len(other)] == other for other in paths)
        }
        return ValueOrigins(self.file, {**kept, **dict.fromkeys(paths, origin)}, self.values)
