"""Check an unsaved text as ``spanreg check`` checks a file, and place each problem in it.

Jsonnet is evaluated in a separate process, with the same limits as for ``spanreg check``. Only packages that the user
includes are imported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spanreg.editor.config_view import ConfigView
from spanreg.editor.outline import KeyPath, KeySite
from spanreg.limits import limits
from spanreg.registry import ConfigurationError, Params, Problem
from spanreg.registry.config.evaluation import ExternalVariables
from spanreg.registry.config.files import read_overrides
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.config.positions import scan
from spanreg.studies.define.plan import plan_study
from spanreg.studies.define.study import read_study
from spanreg.studies.define.study_file import in_file_order, is_study
from spanreg.training.config.experiment_plan import plan_experiment


@dataclass(frozen=True, slots=True)
class TextProblem:
    """A problem and the part of the text that it is about.

    ``check_text(file, ConfigView(text), externals)[0].message``
    """

    message: str
    "What is wrong, and how to fix it."
    site: KeySite
    is_warning: bool = False
    "The config is correct, but running it needs more, such as ``--include-package``."


def check_text(file: str, view: ConfigView, externals: ExternalVariables) -> list[TextProblem]:
    """Return the problems of a text that may not be saved.

    Args:
        file: absolute path of its file, for imports and messages.
        view: the text.
        externals: external variables and folders for imports.
    """
    # A library has parts of a config, and a blank text is the beginning of one.
    if file.endswith(".libsonnet") or view.outline.is_blank:
        return []
    try:
        problems = _problems(file, view.text, externals)
    except ConfigurationError as error:
        problems = error.problems
    return [_placed(problem, file, view) for problem in problems]


def _problems(file: str, text: str, externals: ExternalVariables) -> Sequence[Problem]:
    evaluated = read_overrides(text, externals, limits().evaluation, name=file)
    params = Params(evaluated.values, origin=ConfigOrigin(file, scan(text), evaluated.externals))
    if not is_study(params):
        return plan_experiment(params).problems
    study = Params(in_file_order(params), origin=params.origin)
    plan_study(read_study(study), study)
    return ()


def _placed(problem: Problem, file: str, view: ConfigView) -> TextProblem:
    """Return a problem with its place in the text: a position of Jsonnet, or else that of its key path."""
    # Without file, line and key, which the editor shows by the place of the message.
    message = str(Problem(problem.problem, hint=problem.hint))
    if problem.column and problem.file == file:
        return TextProblem(message, _word_at(view.text, problem.line, problem.column))
    # A problem of an imported file is shown in the text that imports it, with the name of that file.
    if problem.file not in ("", file):
        message = str(replace(problem, path=""))
    path = _path_in(view, problem.path)
    site = view.site_of(path)
    # A missing key has no place in the text, so the message names it.
    if path and path not in view.outline.keys and path not in view.outline.sites:
        message = f"{problem.path}: {message}"
    return TextProblem(message, site, problem.only_to_run)


def _path_in(view: ConfigView, dotted: str) -> KeyPath:
    """Return the path of a dotted key path: digits are the index of an item, unless the text has a key of that name."""
    path: KeyPath = ()
    for step in filter(None, dotted.split(".")):
        is_index = step.isdecimal() and (*path, step) not in view.outline.keys
        path = (*path, int(step) if is_index else step)
    return path


def _word_at(text: str, line: int, column: int) -> KeySite:
    """Return the word at a line and column, both counted from 1."""
    # Not splitlines(): Jsonnet counts line feeds alone, and a text may contain characters such as U+2028.
    start = sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column - 1
    start = min(start, len(text))
    word = re.compile(r"\w+|.?").match(text, start)
    return KeySite(start, word.end() if word else start)
