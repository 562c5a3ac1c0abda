"""Trace the values of a config to the expressions that they come from, by changing one expression at a time.

The output of Jsonnet has no positions, and imports, local variables, functions and merging separate a value from the
place where it is written. So the config is evaluated once more with *probes*: each changes one expression (a *site*)
and keeps all others. A value comes from the site whose change is exactly the change of the value. What no probe finds
is named with the nearest enclosing key, or with the file alone, rather than with a line that may be wrong.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from spanreg.registry.config.evaluation import DEFAULT_LIMITS, NO_EXTERNALS, EvaluationLimits, ExternalVariables
from spanreg.registry.config.evaluation.child import FileImporter, ImportRefusedError, external_expression, folder_of
from spanreg.registry.config.evaluation.evaluator import child_request, evaluate_probes
from spanreg.registry.config.tracing.origins import KeyPath, ValueOrigin, ValueOrigins
from spanreg.registry.config.tracing.sites import (
    FACTOR,
    FIRST_DIGITS,
    OFFSET,
    SIGN,
    InstrumentedText,
    ValueSite,
    instrument,
)
from spanreg.registry.errors import ConfigurationError

logger = logging.getLogger(__name__)

_MOST_PROBES: Final = 256
"Most evaluations of a config; in a file with more sites, several sites share one."
_MOST_CHARACTERS: Final = 1 << 18
"Length of all texts that are traced: one that consists of sites takes up to a kilobyte for each of its characters."


def trace_config(
    file: str,
    externals: ExternalVariables = NO_EXTERNALS,
    limits: EvaluationLimits = DEFAULT_LIMITS,
) -> ValueOrigins:
    """Return the origins of the values of a config, as far as they can be found.

    Args:
        file: the Jsonnet or JSON file.
        externals: external variables and folders for imports.
        limits: on time, memory and size of the evaluation.
    """
    try:
        texts, sites = _instrumented(file, externals, limits)
        count = min(len(sites), _MOST_PROBES)
        answers = evaluate_probes(file, texts, count, externals, limits)
    except (ConfigurationError, ImportRefusedError, UnicodeDecodeError, OSError) as error:
        logger.debug("no lines are known: %s", error)
        return ValueOrigins(file)
    return ValueOrigins(file, _claims(answers, sites, externals), answers[0])


def _instrumented(
    file: str, externals: ExternalVariables, limits: EvaluationLimits
) -> tuple[dict[str, str], list[ValueSite]]:
    """Return the instrumented texts of a config and of all files that it imports, by path, and their sites."""
    importer = FileImporter(child_request(file, "", externals, limits))
    variables = {
        name: external_expression(number, is_code) for number, (name, is_code, _) in enumerate(importer.externals)
    }
    texts: dict[str, str] = {}
    sites: list[ValueSite] = []
    # Read as an import is: a pipe would be waited for, and a device never ends.
    waiting = [(file, importer.read_regular(os.path.realpath(file), file).decode("utf-8"))]
    left = _MOST_CHARACTERS
    while waiting:
        shown, text = waiting.pop()
        if shown in texts:
            continue
        left -= len(text)
        if left < 0:
            raise ImportRefusedError("size", shown)
        found: InstrumentedText = instrument(text, shown, len(sites), _MOST_PROBES, variables)
        texts[shown] = found.text
        sites += found.sites
        for asked in found.imports:
            path, content = importer.read_file(folder_of(shown), asked)
            waiting.append((path, content.decode("utf-8")))
    return texts, sites


def _claims(
    answers: Mapping[int, Any], sites: list[ValueSite], externals: ExternalVariables
) -> dict[KeyPath, ValueOrigin]:
    """Return the origin of each value that a probe changed exactly as it changed a site."""
    direct: dict[KeyPath, ValueSite] = {}
    fields: dict[KeyPath, tuple[int, ValueSite]] = {}
    for probe, answer in answers.items():
        changes = list(differences(answers[0], answer)) if probe else []
        # The sites that this probe has changed; see ``instrument``.
        for number in range(probe - 1, len(sites), _MOST_PROBES) if changes else ():
            site = sites[number]
            claimed = [path for path, old, new in changes if is_marked(old, new, number)]
            for path in claimed:
                if site.kind != "field":
                    direct.setdefault(path, site)
                # Of a chain of fields, the one that changes most is the one where the value is computed.
                elif path not in fields or fields[path][0] < len(changes):
                    fields[path] = (len(changes), site)
    computed = {path: ValueOrigin("computed", site.file, site.line) for path, (_, site) in fields.items()}
    return {**computed, **{path: _origin(site, externals) for path, site in direct.items()}}


def _origin(site: ValueSite, externals: ExternalVariables) -> ValueOrigin:
    kind = site.kind
    if kind == "external":
        given = {"ext-code": externals.codes, "ext-var": externals.texts}
        kind = next((flag for flag, variables in given.items() if site.name in variables), "environment")
    return ValueOrigin(kind, site.file, site.line, site.name)


def is_marked(old: Any, new: Any, number: int) -> bool:
    """Return whether a value has changed exactly as the expression at the site with a number was changed."""
    # The changes are those of ``sites.MARKING``.
    sign, digits = f"{SIGN}{number}{SIGN}", str(number + FIRST_DIGITS)
    if isinstance(old, bool):
        return new is not old
    if isinstance(old, int | float):
        # A config may convert an external variable, a string of digits, to a number.
        converted = f"{digits}{old}{digits}" if isinstance(old, int) else ""
        changed = old * (1 + (number + 1) / FACTOR) + (number + 1) / OFFSET
        return bool(new == changed or repr(new) == converted)
    if isinstance(old, str):
        # On both sides, so that a text that is only joined to another one is not taken for the whole.
        # In ASCII, ':' follows '9': texts that begin with a digit, which a config may convert to numbers.
        around = digits if "0" <= old < ":" else sign
        return bool(new == f"{around}{old}{around}")
    if isinstance(old, dict):
        return bool(new == {**old, sign: True})
    return bool(new == ([*old, sign] if isinstance(old, list) else sign))


def differences(old: Any, new: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any, Any]]:
    """Yield the path of each value that differs, with both values; also of containers whose content differs."""
    # In Python, ``1 == True``.
    if old == new and type(old) is type(new):
        return
    yield path, old, new
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            yield from differences(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index, pair in enumerate(zip(old, new, strict=False)):
            yield from differences(*pair, (*path, index))
