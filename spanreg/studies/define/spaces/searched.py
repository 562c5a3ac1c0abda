"""The arms that a search tunes, and checks of the values that it may choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spanreg.registry import Problem
from spanreg.studies.define.arms import Arm, arm_of_pieces, base_arm
from spanreg.studies.define.spaces.sizes import width_of
from spanreg.studies.define.study import StudyDefinition


def searched_arms(study: StudyDefinition, arms: Sequence[Arm]) -> list[Arm]:
    """Return the arms that the search of a study tunes: all of them, or the base; none without a search."""
    if study.search is None:
        return []
    # The base is searched also where it is not an arm, as in a grid.
    return list(arms) if study.search.each_arm else [base_arm("base", study.base)]


def probes_of_search(study: StudyDefinition, arms: Sequence[Arm]) -> Iterator[Arm]:
    """Yield arms to check in place of the values that a search may choose, one value at a time."""
    for arm in searched_arms(study, arms):
        assert study.search is not None
        for piece in study.search.for_config(arm.config).probes():
            yield arm_of_pieces(piece.origin, arm.config, (piece,))


def problems_of_spaces(study: StudyDefinition, arms: Sequence[Arm]) -> list[Problem]:
    """Return a problem for each arm that a search cannot tune, or whose own seeds include the search's."""
    search, problems = study.search, []
    for arm in searched_arms(study, arms):
        assert search is not None
        if not search.space_for(arm.config):
            hint = "name a key that every arm has, such as training.learning_rate"
            problems.append(Problem(f"no key of the space is one of the arm '{arm.name}'", "search.space", hint))
        if study.match and (width := width_of(arm, study.match)) in search.space_for(arm.config):
            problem = f"the search would change '{width}' of the arm '{arm.name}', which match adjusts"
            problems.append(Problem(problem, "search.space", "leave the key out of the space, or remove match"))
        if search.seed in arm.seeds:
            problem = f"the seed {search.seed} is one of the arm '{arm.name}', whose setting it chooses"
            problems.append(Problem(problem, "search.seed", "give another seed"))
    return problems
