"""Plan, run and analyse ablation studies."""

from __future__ import annotations

ACTIONS = {
    "plan": ("plan", "check all arms and show what would be run"),
    "register": ("register", "write the plan before the runs, so that the report can mark confirmatory results"),
    "run": ("run", "make the runs that are not finished"),
    "search": ("search", "search for a good setting and run it with the arms"),
    "status": ("status", "show the progress of the runs and what has changed since they were made"),
    "best": ("best", "choose an arm and report its score on other examples"),
    "power": ("power", "estimate how many seeds a difference needs, from finished runs"),
    "pack": ("pack", "write the results to one archive, without weights"),
    "replicate": ("replicate", "run a study again, and test whether its result is reproduced"),
    "compare": ("compare", "show what differs between two studies, arm by arm"),
    "merge": ("merge", "join runs of a study that were made on several machines"),
}
"Action to module of this package and one line of help."
