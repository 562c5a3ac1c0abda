"""Choose a report's panels, and make its sections."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from spanreg.registry import ConfigurationError, Params, Problem
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.report.blocks import FORMATS, Section
from spanreg.studies.report.panels.base import Panel

logger = logging.getLogger(__name__)

PanelConfig = str | Mapping[str, Any]
"A registered name, or an object with ``type`` and options."


@dataclass(frozen=True, slots=True)
class ChosenPanel:
    """A panel of a report.

    ``chosen_panels(["results"])[0].name``
    """

    name: str
    "Registered name."
    panel: Panel
    formats: tuple[str, ...]
    "Formats that show it."

    def section(self, facts: dict[str, Any]) -> Section:
        """Return the panel's section, which has no blocks if there is nothing to show."""
        blocks = tuple(_called(self.name, lambda: self.panel.blocks(facts)))
        return Section(self.name, self.panel.title, blocks, self.formats, self.panel.template)


def chosen_panels(chosen: Sequence[PanelConfig] | None, also: Sequence[PanelConfig] = ()) -> list[ChosenPanel]:
    """Return panels in the order of the report.

    Args:
        chosen: names or configs in order, which every format shows; None for all panels, sorted by ``place``, each in
            its own formats.
        also: further panels, which every format shows.

    Raises:
        ConfigurationError: a panel does not exist, or its options are wrong; all mistakes at once.
    """
    more = _built(also)
    if chosen is not None:
        made = _built(chosen)
        return [*made, *(one for one in more if one.name not in [known.name for known in made])]
    # A panel that the user names is shown in every format, even if it is shown in fewer of them by default.
    others = [one for one in _default_panels() if one.name not in [known.name for known in more]]
    return sorted([*others, *more], key=lambda one: one.panel.place)


def keyed_panels(keys: Collection[str]) -> list[str]:
    """Return the names of all panels that may have these keys.

    A panel with its own ``measure`` takes long, so it is returned only if a key has a field with its name, such as
    ``selection.unbiased``.

    Args:
        keys: keys of numbers.
    """
    fields = {unquote(key.rpartition("/")[2]) for key in keys}
    named = {field.partition(".")[0] for field in fields if "." in field}
    made = {name: _without_options(name) for name in Panel.list_available()}
    return [
        name
        for name, panel in made.items()
        if panel is not None and (name in named or type(panel).measure is Panel.measure)
    ]


def add_measures(facts: dict[str, Any], results: StudyResults, panels: Sequence[ChosenPanel]) -> dict[str, Any]:
    """Return the facts with those that only the panels need."""
    for one in panels:
        # Each panel sees the facts of those before it.
        facts = {**facts, **_called(one.name, partial(one.panel.measure, results, facts))}
    return facts


def sections_of(facts: dict[str, Any], panels: Sequence[ChosenPanel]) -> tuple[Section, ...]:
    """Return the sections of those panels that have something to show."""
    made = [one.section(facts) for one in panels]
    return tuple(section for section in made if section.blocks)


def _default_panels() -> list[ChosenPanel]:
    """Return all panels that some format shows by default."""
    made = []
    for name in Panel.list_available():
        panel = _without_options(name)
        if panel is not None and panel.formats:
            made.append(ChosenPanel(name, panel, panel.formats))
    return made


def _without_options(name: str) -> Panel | None:
    """Return a panel with default options; None if an option has no default, so that the user must choose the panel."""
    try:
        return Panel.from_params({"type": name})
    except ConfigurationError as error:
        logger.info("the panel '%s' is left out: %s", name, error.problems[0].problem)
        return None


def _built(configs: Sequence[PanelConfig]) -> list[ChosenPanel]:
    """Return the panels of some configs; raise a ConfigurationError with all mistakes."""
    made: list[ChosenPanel] = []
    problems: list[Problem] = []
    for place, config in enumerate(configs):
        given = {"type": config} if isinstance(config, str) else dict(config)
        try:
            panel = Panel.from_params(Params(given, history=f"panels.{place}."))
        except ConfigurationError as error:
            problems += error.problems
        else:
            made.append(ChosenPanel(str(given["type"]), panel, FORMATS))
    if problems:
        raise ConfigurationError(problems)
    return made


def _called(name: str, call: Callable[[], Any]) -> Any:
    """Return the result of a call of a panel; raise a ConfigurationError that names the panel if it fails."""
    try:
        return call()
    except ConfigurationError:
        raise
    except Exception as error:  # a panel of the user's may raise any exception
        problem = f"the panel '{name}' failed: {type(error).__name__}: {error}"
        hint = "correct the panel, or choose others: --panels"
        raise ConfigurationError(problem, path="panels", hint=hint) from error
