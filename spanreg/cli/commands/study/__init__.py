"""Ablation studies: plan, run and watch them, choose a setting, pack and merge their results."""

from __future__ import annotations

ACTIONS = {
    "plan": ("plan", "check all arms, and show what would be run"),
    "run": ("run", "make the runs that are not finished yet"),
    "search": ("search", "try settings, and run the best one beside the arms"),
    "status": ("status", "show how far the runs are, and what has changed since they were made"),
    "best": ("best", "choose an arm, and show its score on other examples"),
    "pack": ("pack", "write the results as one archive, without weights"),
    "merge": ("merge", "join the runs of one study that were made on several machines"),
}
"Action to module of this package and one line of help."
