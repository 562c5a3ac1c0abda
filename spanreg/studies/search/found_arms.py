"""Make the best settings of finished searches arms of their study."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from spanreg.studies.define.arms import FOUND_TAG, Arm, arm_of_pieces, base_arm, same_configs
from spanreg.studies.define.patches import ConfigChange
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.spaces.searched import searched_arms
from spanreg.studies.execute.folder import SEARCH, StudyReader
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyRequest
from spanreg.studies.search.requested_search import RequestedSearch

logger = logging.getLogger(__name__)


def with_found_arms(plan: StudyPlan, path: Path, included: Sequence[str] = ()) -> StudyPlan:
    """Return the plan with the best settings of its finished searches as more arms; unchanged without any.

    Args:
        plan: the checked study.
        path: its folder.
        included: the user's own packages, whose code is part of a search's identity.
    """
    search = plan.study.search
    if search is None:
        return plan
    if not search.each_arm:
        return _with_best_setting(plan, path, included)
    known = {tuning["arm"]: tuning for tuning in StudyReader(path).tunings()}
    record = StudyReader(path).find()
    if not known:
        _warn_of_lost_arms(path, record, [search.name_of(arm.name) for arm in plan.arms])
    # The name of a request is not part of a search's key.
    request, recorded = StudyRequest("", included=included), record.input_hashes if record else ()
    added, outdated = [], []
    # Without results there is nothing to compare, and hashing all inputs takes time.
    for arm in searched_arms(plan.study, plan.arms) if known else ():
        tuning = known.get(arm.name)
        if tuning is None or tuning["search"] != RequestedSearch.now(plan.study, request, arm, recorded).key:
            outdated.append(arm.name)
            continue
        added.append(_found_arm(plan, arm, tuning["best"]["setting"], len(tuning["trials"])))
    if outdated:
        logger.warning(
            "the searches in %s do not have these arms as they are now, so no setting of theirs is an arm: %s. "
            "Search again: spanreg study search",
            path,
            ", ".join(outdated),
        )
        # All or none: comparing tuned arms with others would be unfair.
        return plan
    return _with_arms(plan, added)


def _with_best_setting(plan: StudyPlan, path: Path, included: Sequence[str] = ()) -> StudyPlan:
    """Return the plan with the best setting of its finished search as one more arm; unchanged without a search.

    Args:
        plan: the checked study.
        path: its folder.
        included: the user's own packages, whose code is part of the search's identity.
    """
    search, written = plan.study.search, StudyReader(path).search_result()
    assert search is not None
    record = StudyReader(path).find()
    if written is None:
        _warn_of_lost_arms(path, record, [search.name])
        return plan
    recorded = record.input_hashes if record else ()
    request = StudyRequest("", included=included)
    if written["search"] != RequestedSearch.now(plan.study, request, recorded=recorded).key:
        logger.warning(
            "the search in %s is outdated, since base, space, data or code have changed: its best setting is not an "
            "arm. Search again: spanreg study search",
            path,
        )
        return plan
    best = written["best"]
    base = base_arm("base", plan.study.base)
    return _with_arms(plan, [_found_arm(plan, base, best["setting"], len(written["trials"]))])


def _warn_of_lost_arms(path: Path, record: StudyRecord | None, found: Sequence[str]) -> None:
    """Warn if the study in a folder has arms of a search whose result is no longer there."""
    known = {arm.name for arm in record.arms} if record else set()
    if lost := [name for name in found if name in known]:
        logger.warning(
            "%s has no result of a search, so the arms that were found by one leave the study: %s. Copy the file from "
            "where they were found, or search again: spanreg study search",
            path / SEARCH,
            ", ".join(lost),
        )


def _found_arm(plan: StudyPlan, arm: Arm, setting: Mapping[str, Any], trials: int) -> Arm:
    """Return the arm that the best setting of a search becomes."""
    search = plan.study.search
    assert search is not None
    pieces = tuple(ConfigChange(f"search.space.{key}", key, value) for key, value in setting.items())
    of_arm = f" on '{arm.name}'" if search.each_arm else ""
    return replace(
        arm_of_pieces(search.name_of(arm.name), arm.config, pieces),
        # The base, as ``base_arm`` makes it, has no seeds of its own.
        seeds=arm.seeds or tuple(plan.study.seeds),
        tags=("tuned",) if search.each_arm else (FOUND_TAG,),
        about=f"best of {trials} settings of a search{of_arm}",
        setting=search.name_of(arm.setting) if arm.setting else "",
        task=arm.task,
        tuned_from=arm.name if search.each_arm else None,
    )


def _with_arms(plan: StudyPlan, added: Sequence[Arm]) -> StudyPlan:
    arms = (*plan.arms, *added)
    return replace(plan, arms=arms, same=tuple(same_configs(arms)))
