"""Errors raised by components outside of this package: which component, and the line in its file.

``from_params`` and ``construct`` let an exception pass unchanged, so that it can be caught by its type. Code that
reports it to a user, such as the command line, finds out here which component raised it.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanreg.registry.from_params import FromParams
from spanreg.registry.planning.nodes import CONSTRUCTED
from spanreg.registry.provenance import path_of

LONGEST = 300
"Most characters of an exception's text that a message shows."

CHECK = "spanreg.testing.check_component"


@dataclass(frozen=True, slots=True)
class ComponentFault:
    """An error raised by a component outside of this package; ``str`` gives the message for its author.

    ``print(fault_of(error))``
    """

    component: type
    path: str
    "Key path of its config; empty if unknown."
    error: Exception
    line: str
    "File and line in the component's own file; empty if the traceback has none."

    def __str__(self) -> str:
        message = (str(self.error).strip() or "no message").splitlines()[0][:LONGEST].rstrip(".")
        where = f" ({self.line})" if self.line else ""
        start = f"{self.path}: " if self.path else ""
        raised = f"{self.component.__name__} raised {type(self.error).__name__}: {message}{where}"
        return f"{start}{raised}. fix it; {contract_check(self.component)} checks the whole class"


def fault_of(error: Exception) -> ComponentFault | None:
    """Return the component outside of this package that raised an error, or None."""
    constructed, path = getattr(error, CONSTRUCTED, (None, ""))
    for component in (*_suspects(error), constructed):
        cls = component if isinstance(component, type) else type(component)
        if component is not None and is_foreign(cls):
            # The recorded path is that of the constructed component, which need not be the faulty one.
            return ComponentFault(cls, path_of(component) or path * (cls is constructed), error, _line(error, cls))
    return None


def is_foreign(component: Any) -> bool:
    """Return whether a class, or the class of an object, is defined outside of this package."""
    cls = component if isinstance(component, type) else type(component)
    return cls.__module__.partition(".")[0] != __name__.partition(".")[0]


def contract_check(cls: type) -> str:
    """Return the call that checks a class against the contract of its family."""
    return f"{CHECK}({cls.__name__})"


def _suspects(error: Exception) -> Iterator[Any]:
    """Yield components that may have raised an error, the most likely first."""
    # A missing attribute is raised in our code, so its frames do not name the component.
    if isinstance(error, AttributeError) and _is_component(error.obj):
        yield error.obj  # it lacks an attribute that its family requires
    # The innermost frame first: an outer component may only have called the faulty one.
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
        if _is_component(owner):
            yield owner


def _is_component(owner: Any) -> bool:
    return issubclass(owner if isinstance(owner, type) else type(owner), FromParams)


def _line(error: Exception, cls: type) -> str:
    """Return the innermost place of the traceback that is in the component's own file."""
    with suppress(TypeError, OSError):
        own = inspect.getfile(cls)
        for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
            if frame.f_code.co_filename == own:
                return f"{Path(own).name}:{line}, in {frame.f_code.co_name}"
    return ""
