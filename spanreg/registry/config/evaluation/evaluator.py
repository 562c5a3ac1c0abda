"""Evaluate Jsonnet in a child process with limited time, memory, files and output."""

from __future__ import annotations

import json
import logging
import marshal
import os
import re
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, NoReturn

from spanreg.registry.config.evaluation.messages import import_error, jsonnet_error, spell_bytes
from spanreg.registry.config.evaluation.process import ask_child
from spanreg.registry.errors import ConfigurationError

logger = logging.getLogger(__name__)

ALLOWED: Final = ("SPANREG_GLUE_DIR", "SPANREG_CORPUS_DIR", "SPANREG_SPANS_DIR")
"Environment variables that every config may read."

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What the C++ library writes when an allocation fails: std::bad_alloc, out of memory.
_ALLOCATION: Final = re.compile(rb"alloc|memory", re.IGNORECASE)
_CONFIG_SUFFIXES: Final = (".jsonnet", ".libsonnet")
_PROJECT_MARKS: Final = (".git", ".jsonnet-root")
"A folder that contains one of these is a project, whose configs may import one another."


@dataclass(frozen=True, slots=True)
class EvaluationLimits:
    """Limits on the evaluation of one text.

    ``EvaluationLimits(seconds=60)``
    """

    seconds: float = 5.0
    "Processor time; the wall-clock limit is ten times as long."
    memory: int = 1 << 30
    "Bytes of memory of the evaluating process."
    size: int = 1 << 26
    "Bytes of the imported files, and of the value as JSON."


@dataclass(frozen=True, slots=True)
class ExternalVariables:
    """External variables, and folders for imports.

    ``ExternalVariables(texts={"SEED": "7"}, environment=("GLUE_*",))``
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    "Variables as strings."
    codes: Mapping[str, str] = field(default_factory=dict)
    "Variables as Jsonnet expressions; they replace texts of the same name."
    environment: Iterable[str] = ()
    "Names or globs of environment variables that a config may read, in addition to ``ALLOWED``."
    jpath: Iterable[str] = ()
    "Folders for imports; the last one is searched first."

    def values(self) -> dict[str, tuple[bool, str]]:
        """Return all variables by name, each with a flag for Jsonnet and its text.

        Raises:
            ConfigurationError: a variable is not Unicode text.
        """
        # A pattern may match a variable by chance, so one that is not text is ignored; a given one is an error.
        patterns = (*ALLOWED, *self.environment)
        found = {
            name: (False, value)
            for name, value in os.environ.items()
            if any(fnmatchcase(name, pattern) for pattern in patterns) and not _text_fault(name + value)
        }
        for is_code, variables in ((False, self.texts), (True, self.codes)):
            for name, value in variables.items():
                if fault := _text_fault(name + value):
                    hint = "give variables as UTF-8 text"
                    raise ConfigurationError(f"the external variable {name!r} {fault}", hint=hint)
                found[name] = (is_code, value)
        return found


DEFAULT_LIMITS: Final = EvaluationLimits()
NO_EXTERNALS: Final = ExternalVariables()


@dataclass(frozen=True, slots=True)
class EvaluatedText:
    """The JSON that a text evaluates to, and the external variables that it used.

    ``evaluate_jsonnet("config.jsonnet", "{ a: 1 }", NO_EXTERNALS, DEFAULT_LIMITS).json``
    """

    json: str
    used: tuple[str, ...]


def evaluate_jsonnet(name: str, text: str, externals: ExternalVariables, limits: EvaluationLimits) -> EvaluatedText:
    """Evaluate a text; imports are relative to ``name`` and restricted to the allowed folders.

    These are the folder of ``name`` and those of ``jpath``, and for Jsonnet files also the surrounding project: the
    working directory, or a folder with ``.git`` or ``.jsonnet-root``. Symbolic links are resolved first.

    Args:
        name: the file of the text, or its name in errors.
        text: Jsonnet.
        externals: variables and folders.
        limits: limits on time, memory and size.

    Raises:
        ConfigurationError: the text is not Jsonnet, fails, imports a forbidden file, or exceeds a limit.
    """
    request = child_request(name, text, externals, limits)
    return _ask(name, request, limits).value()


def evaluate_probes(
    name: str,
    texts: Mapping[str, str],
    probes: int,
    externals: ExternalVariables,
    limits: EvaluationLimits,
) -> dict[int, Any]:
    """Evaluate a function of a number for 0 and for every probe, and return the values by number.

    Probes for which the evaluation fails are left out; their number costs time, and is limited.

    Args:
        name: the file of the function.
        texts: Jsonnet functions that replace the file and those that it imports, by path.
        probes: number of probes.
        externals: variables and folders.
        limits: limits on time, memory and size, for all probes together.

    Raises:
        ConfigurationError: the evaluation fails without a probe, or exceeds a limit.
    """
    request = child_request(name, texts[name], externals, limits)
    request |= {"probes": list(range(probes + 1)), "texts": dict(texts)}
    answer = _ask(name, request, limits).value()
    # Each value comes with the text that was imported before it: a prefix and the number.
    return {int(begun.rpartition(":")[2]): value for begun, value in json.loads(answer.json)}


def child_request(name: str, text: str, externals: ExternalVariables, limits: EvaluationLimits) -> dict[str, Any]:
    """Return the request for the child process.

    Raises:
        ConfigurationError: the text or a variable is not Unicode, or a folder of ``jpath`` does not exist.
    """
    if fault := _text_fault(text):
        raise ConfigurationError(fault, file=name, hint="save it as UTF-8 text")
    variables, searched = externals.values(), list(externals.jpath)
    for folder in searched:
        if not os.path.isdir(folder):
            problem = f"there is no folder '{folder}'"
            raise ConfigurationError(problem, path="--jpath", hint="name a folder for imports")
    return {
        "name": os.fsencode(name).decode("utf-8", "backslashreplace"),
        "folder": name[: name.rfind("/") + 1],
        "text": text,
        "externals": [(variable, *value) for variable, value in variables.items()],
        "searched": searched,
        "roots": _roots(name, searched),
        "seconds": limits.seconds,
        "memory": limits.memory,
        "size": limits.size,
        # macOS ignores the limit on address space, and Windows has none.
        "watched": sys.platform != "linux",
    }


def _text_fault(text: str) -> str:
    """Return why Jsonnet cannot read a string, or an empty string."""
    if "\0" in text:
        return "contains a NUL character"
    return "is not Unicode: it contains half of a surrogate pair" if _SURROGATE.search(text) else ""


def _roots(name: str, jpath: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return the folders that files may be imported from, each with the suffixes that are allowed there."""
    here = _working_directory()
    own = os.path.realpath(os.path.join(here, os.path.dirname(name)))
    roots: list[tuple[str, list[str]]] = [(own, []), *((os.path.realpath(folder), []) for folder in jpath)]
    home = os.path.expanduser("~")
    folder = own
    while folder != os.path.dirname(folder):
        # The home folder is not a project: a config among the downloads must not read the rest of it.
        if home != "~" and _is_within(os.path.realpath(home), folder):
            break
        if folder == here or any(os.path.exists(os.path.join(folder, mark)) for mark in _PROJECT_MARKS):
            roots.append((folder, list(_CONFIG_SUFFIXES)))
        folder = os.path.dirname(folder)
    return roots


def _working_directory() -> str:
    try:
        return os.path.realpath(os.curdir)
    except FileNotFoundError:
        return os.sep  # it was removed; nothing is imported from the root


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _ask(name: str, request: dict[str, Any], limits: EvaluationLimits) -> _Answer:
    try:
        answer = ask_child(marshal.dumps(request), limits.seconds, limits.size)
    except OSError as error:
        problem = f"cannot be evaluated: no process can be started ({error.strerror})"
        hint = "free memory or processes, and try again"
        raise ConfigurationError(problem, file=name, hint=hint) from error
    return _Answer(name, limits, *answer)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The output of a child process, and how it ended."""

    name: str
    limits: EvaluationLimits
    code: int | None
    answer: bytes
    messages: bytes

    def value(self) -> EvaluatedText:
        """Return the evaluated text, or raise the error."""
        head, newline, content = self.answer.partition(b"\n")
        kind, *details = [
            part.encode().decode("unicode_escape") for part in head.decode("ascii", "replace").split("\t")
        ]
        if self.code == 0 and newline and kind == "value":
            # The output of ``std.trace``.
            for line in self.messages.decode("utf-8", "replace").splitlines():
                logger.info("%s", _CONTROLS.sub("", line))
            return EvaluatedText(content.decode("utf-8", "surrogatepass"), tuple(details))
        # Security: a stranger's config decides on this text, and control characters would reach the user's terminal.
        text = _CONTROLS.sub("", content.decode("utf-8", "replace"))
        if self.code == 0 and kind == "error":
            raise jsonnet_error(self.name, text)
        if self.code == 0 and kind == "refused":
            raise import_error(self.name, text, *details)
        self._limit_error(kind)

    def _limit_error(self, kind: str) -> NoReturn:
        # A negative exit code is the number of the signal that ended the child; only POSIX has these.
        ended = {-one.value: one.name for one in signal.Signals}.get(self.code or 0, "")
        if self.code is None or ended == "SIGXCPU":
            problem = f"evaluation takes more than {self.limits.seconds:g} s"
            hint = "simplify it, or allow more: --limit evaluation_seconds=N"
        elif self.code == 0 and kind == "size":
            problem = f"evaluates to more than {spell_bytes(self.limits.size)}"
            hint = "simplify it, or allow more: --limit evaluation_size=N"
        # C++ aborts when an allocation fails, and Linux kills a process when the machine runs out of memory.
        elif kind == "memory" or ended in ("SIGABRT", "SIGKILL") or _ALLOCATION.search(self.messages):
            problem = f"evaluation takes more than {spell_bytes(self.limits.memory)} of memory"
            hint = "simplify it, or allow more: --limit evaluation_memory=N"
        else:
            problem = f"the Jsonnet library failed ({ended or f'exit code {self.code}'})"
            hint = "simplify the config"
        raise ConfigurationError(problem, file=self.name, hint=hint)
