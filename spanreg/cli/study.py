"""Ablation studies: plan, run and watch them, choose a setting, pack and merge their results."""

from __future__ import annotations

ACTIONS = {
    "plan": ("study_plan", "check all arms, and show what would be run"),
    "run": ("study_run", "make the runs that are not finished yet"),
    "search": ("study_search", "try settings, and run the best one beside the arms"),
    "status": ("study_status", "show how far the runs are, and what has changed since they were made"),
    "best": ("study_best", "choose an arm, and show its score on other examples"),
    "pack": ("study_pack", "write the results as one archive, without weights"),
    "merge": ("study_merge", "join the runs of one study that were made on several machines"),
}
"Action to module of ``spanreg.cli`` and one line of help."
