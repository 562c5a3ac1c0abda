"""The plan of a study: all arms, checked at once, and every run in the order of execution."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from spanreg.registry import ConfigurationError, Params, Problem
from spanreg.registry.config.params import ConfigOrigin
from spanreg.storage import hash_json
from spanreg.studies.define.arms import Arm, same_configs
from spanreg.studies.define.folds import config_of_run, name_of_run
from spanreg.studies.define.patches import depth_of
from spanreg.studies.define.scoring import chooses_weights, problems_of_scoring
from spanreg.studies.define.section_checks import ConfigChecker
from spanreg.studies.define.spaces.searched import probes_of_search, problems_of_spaces
from spanreg.studies.define.spaces.sizes import problems_of_sizes
from spanreg.studies.define.study import MOST_ARMS, StudyDefinition

logger = logging.getLogger(__name__)

MOST_RUNS = 100_000
"Largest number of runs without ``--yes``."


@dataclass(frozen=True, slots=True)
class ArmRun:
    """One arm under one seed, and in a study with folds on one fold.

    ``plan.runs[0].name`` is ``"plain, seed 1"``.
    """

    arm: str
    seed: int
    config: dict[str, Any]
    "A config for ``spanreg train``."
    fold: int | None = None
    "The fold that it evaluates; None in a study without folds."

    @property
    def name(self) -> str:
        """The run in words: ``plain, seed 3``."""
        return name_of_run(self.arm, self.seed, self.fold)

    def key(self, inputs: Any, code: str) -> str:
        """Return the run's id: a hash of everything that its result depends on.

        Args:
            inputs: hashes of what the config names: data, dictionary, segmentation.
            code: hash of the code that the run depends on.
        """
        return hash_json({"config": self.config, "inputs": inputs, "code": code})


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A study whose arms have all been checked.

    ``plan_study(read_study(params), params).runs``
    """

    study: StudyDefinition
    arms: tuple[Arm, ...]
    baseline: str
    same: tuple[tuple[str, str], ...]
    "Pairs of arms with the same config, which share their runs."

    @property
    def runs(self) -> list[ArmRun]:
        """Every run, all arms under their first seed before any under its second.

        A study that is stopped early then has a score for every arm.
        """
        # Arms may have different numbers of seeds; zip_longest fills the gaps with None.
        rounds = zip_longest(*(arm.seeds for arm in self.arms))
        return [
            ArmRun(arm.name, seed, config_of_run(arm.config, seed, fold), fold)
            for seeds in rounds
            for fold in (range(self.study.folds.number) if self.study.folds else (None,))
            for arm, seed in zip(self.arms, seeds, strict=True)
            if seed is not None
        ]

    @property
    def summary(self) -> str:
        """Numbers of arms and runs, and the baseline: ``3 arms, 6 runs; compared with 'plain'``."""
        arm = self.arm(self.baseline)
        # On several tasks, ``baseline`` names the arm of the first one, which is no baseline of the other tasks.
        baseline = f"'{arm.setting}' on the same task" if arm.setting else f"'{arm.name}'"
        return f"{len(self.arms)} arms, {len(self.runs)} runs; compared with {baseline}"

    def arm(self, name: str) -> Arm:
        """Return the arm with a name."""
        return next(arm for arm in self.arms if arm.name == name)


def plan_study(study: StudyDefinition, params: Params, *, many: bool = False) -> StudyPlan:
    """Make all arms and check each against the signatures of its components; nothing is built.

    Args:
        study: the study.
        params: what it was read from, for files and lines in messages.
        many: allow more than ``MOST_ARMS`` arms.

    Raises:
        ConfigurationError: all mistakes of all arms at once; too many arms.
    """
    if not many:
        _require_few(study, params.origin)
    arms, problems = study.arms()
    problems += _problems_of_baseline(study, arms, bool(problems))
    # Values that a search may choose are checked like arms, so that no trial fails by its config hours later.
    problems += _problems_of_configs(study.base, [*arms, *probes_of_search(study, arms)], with_files=True)
    problems += [*problems_of_spaces(study, arms), *problems_of_sizes(study.match, arms)]
    # Only a valid config has a reader to ask for its figures and splits.
    problems = problems or problems_of_scoring(study.metric, study.split, arms, reserve=study.reserve)
    if problems:
        # Each once: a mistake in the patch of a task is one of every arm on that task.
        raise ConfigurationError(_with_lines(dict.fromkeys(problems), params.origin))
    _warn_of_chosen_weights(study, arms)
    if study.tasks and study.search is not None and not study.search.each_arm:
        logger.warning(
            "search: the base is tuned on its own data, so the setting that it finds is compared with no arm of the "
            "tasks. Tune every arm: search.each_arm: true"
        )
    seeded = tuple(
        replace(arm, seeds=arm.seeds or tuple(study.seeds), config=_data_in_folds(arm, study)) for arm in arms
    )
    # Counted before the runs are listed: a few characters of a file may ask for billions of folds.
    runs = sum(len(arm.seeds) for arm in seeded) * (study.folds.number if study.folds else 1)
    if runs > MOST_RUNS and not many:
        hint = f"use fewer seeds or folds, or allow more than {MOST_RUNS:,} runs: --yes"
        raise ConfigurationError(f"the study has {runs:,} runs", file=params.origin.file, hint=hint)
    return StudyPlan(study, seeded, study.baseline(arms).name, tuple(same_configs(seeded)))


def _data_in_folds(arm: Arm, study: StudyDefinition) -> Mapping[str, Any]:
    """Return the config of an arm whose data are divided into the folds of the study, if it has any."""
    return arm.config if study.folds is None else {**arm.config, "data": study.folds.data(arm.config["data"])}


def _warn_of_chosen_weights(study: StudyDefinition, arms: Sequence[Arm]) -> None:
    """Warn where the weights are chosen on all examples, also on those that ``reserve`` keeps for reporting."""
    chosen = [arm.name for arm in arms if study.reserve and chooses_weights(arm.config)]
    if chosen:
        logger.warning(
            "reserve: these arms choose their weights by evaluations on all examples (training.load: 'best', or "
            "patience), so their scores are still too high: %s",
            ", ".join(chosen),
        )


def _problems_of_baseline(study: StudyDefinition, arms: Sequence[Arm], has_problems: bool) -> Iterable[Problem]:
    """Return the problem of a baseline that does not exist, unless another mistake is the reason that it is missing."""
    name = study.requested_baseline
    has_axes = study.axes or any(problem.path.partition(".")[0] == "axes" for problem in study.problems)
    if has_problems and (has_axes or name is None or name in study.named):
        return []
    try:
        study.baseline(arms)
    except ConfigurationError as error:
        return error.problems
    return []


def _problems_of_configs(base: Any, arms: Sequence[Arm], *, with_files: bool) -> list[Problem]:
    """Return the mistakes of the base once, then those of each arm at their place in the study file."""
    checker = ConfigChecker(with_files=with_files)
    of_base = checker.problems(base)
    found = [replace(problem, path=f"base.{problem.path}".rstrip(".")) for problem in of_base]
    # A mistake of the base is one of every arm; it is reported once, at the base.
    known = {(problem.path, problem.problem) for problem in of_base}
    for arm in arms:
        brought = (problem for problem in checker.problems(arm.config) if (problem.path, problem.problem) not in known)
        found += [replace(problem, path=_origin(arm, problem.path)) for problem in brought]
    return found


def _require_few(study: StudyDefinition, origin: ConfigOrigin) -> None:
    # Counted before any arm is made: a grid of a few long axes would take minutes and all memory.
    if study.count() > MOST_ARMS:
        problem = f"the study has {study.count():,} arms, with {len(study.seeds)} seeds each"
        hint = f"leave axes out, or allow more than {MOST_ARMS:,} arms: --yes"
        raise ConfigurationError(_with_lines([*study.problems, Problem(problem, hint=hint)], origin))


def read_arms(study: StudyDefinition, origin: ConfigOrigin, *, many: bool = False) -> list[Arm]:
    """Return the arms of a study, checked without asking for the files that they name.

    ``read_arms(read_study(params), params.origin)[0].config``

    Args:
        study: the study.
        origin: file and lines, for messages.
        many: allow more than ``MOST_ARMS`` arms.

    Raises:
        ConfigurationError: arms have wrong keys or types; all of them at once.
    """
    if not many:
        _require_few(study, origin)
    arms, problems = study.arms()
    if problems := [*problems, *_problems_of_configs(study.base, arms, with_files=False)]:
        raise ConfigurationError(_with_lines(dict.fromkeys(problems), origin))
    return arms


def _origin(arm: Arm, path: str) -> str:
    """Return the place in the study file of a key of an arm's config."""
    # The last piece that contains the key wins, as it does when pieces are applied.
    deepest = max(reversed(arm.pieces), key=lambda piece: depth_of(path, piece.patch), default=None)
    if deepest is None or not path:
        return f"{deepest.origin if deepest else f'arms.{arm.name}'}.{path}".rstrip(".")
    inside = path.split(".")[len(deepest.at.split(".")) if deepest.at else 0 :]
    return ".".join([deepest.origin, *inside])


def _with_lines(problems: Iterable[Problem], origin: ConfigOrigin) -> list[Problem]:
    """Return the problems with the study's file, and the line of the nearest key that the file has."""
    placed = []
    for problem in problems:
        path = problem.path
        # A key that comes from an import or an override has no line; its nearest parent in the file does.
        while path and path not in origin.lines:
            path = path.rpartition(".")[0]
        placed.append(
            replace(problem, file=problem.file or origin.file, line=problem.line or origin.lines.get(path, 0))
        )
    # Problems without a line follow those that have one.
    return sorted(placed, key=lambda one: (one.line or sys.maxsize, one.path))
