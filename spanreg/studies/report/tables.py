"""The table of a study's arms, and the notes below it."""

from __future__ import annotations

from typing import Any

from spanreg.studies.analyse.results import spell_range
from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS, LEVEL
from spanreg.studies.report.blocks import Cell, plain
from spanreg.studies.report.keyed_cells import cells_of_arm, text_cell
from spanreg.studies.report.verdicts import MARGIN_COLUMNS, margin_notes

MOST_NAMED = 12
"Largest number of unfinished runs that are listed: a study that has just begun has hundreds."

NOTE = (
    "* p < 0.05 after Holm's correction for the number of comparisons, by one test that counts both seeds and examples "
    "as samples; the 95 % interval comes from the same test."
)
NOTE_OF_OTHERS = (
    "* p < 0.05 after Holm's correction for the number of comparisons; the 95 % interval comes from the same test."
)
SEEDS_ALONE = (
    "The score cannot be computed for single examples, so the test counts only the seeds as samples: it does not "
    "generalise to other examples."
)
FOLDS = (
    "The folds of a cross-validation share training examples, so the test over them is the corrected resampled t-test "
    "(Nadeau and Bengio)."
)
FEW = "Arms with fewer than 3 seeds in common with the baseline have no test, no 95 % interval and no star."
SAME = "Not tested, since the difference is the same under every seed, so its error cannot be estimated"
SAME_EVERYWHERE = "Not tested, since all examples have the same score in both arms, so its error cannot be estimated"
SINGLE = "Not tested, since there is a single example"

SEQUENTIAL = (
    "Seeds are added until each difference is decided, so p and intervals are those of a confidence sequence, which "
    "hold at any number of seeds."
)
UNTESTED_SEQUENTIAL = "Not tested, since a test that holds at any number of seeds needs more of them"
UNTESTED_FOLDS = "Not tested, since there are fewer than three folds, or the difference is the same on each"


def columns(facts: dict[str, Any]) -> list[str]:
    """Return the headings of the table; a margin and the comparison of all pairs add columns."""
    unit = ", %" if facts["scale"] == 100 else ""
    # Differences of several metrics share a column, which then has no metric's name.
    several = len({arm["metric"] for arm in facts["arms"] if arm["metric"]}) > 1
    return [
        "arm",
        f"{'score' if several else facts['metric']}{unit}",
        "difference",
        "95 % interval",
        "p",
        *(MARGIN_COLUMNS if facts["margin"] else ()),
        *(["letters"] if facts["pairs"] else ()),
        "seeds",
        "parameters",
        "time",
    ]


def difference_unit(facts: dict[str, Any]) -> str:
    """Return the unit of differences in words."""
    name = columns(facts)[1].removesuffix(", %")
    return f"points of {name}" if facts["scale"] == 100 else name


def rows(facts: dict[str, Any]) -> list[list[str]]:
    """Return one row per arm, as strings; the baseline has no difference."""
    return [list(map(plain, line)) for line in arm_rows(facts)]


def arm_rows(facts: dict[str, Any]) -> tuple[tuple[Cell, ...], ...]:
    """Return one row per arm, with the keys of its numbers."""
    return tuple(_cells(arm, facts) for arm in facts["arms"])


def notes(facts: dict[str, Any]) -> list[str]:
    """Return the notes below the table, the study's result first."""
    found = [facts["headline"], f"Caption: {facts['caption']}."]
    if any(arm["comparison"] for arm in facts["arms"]):
        found.append(f"Differences are against {_baselines(facts)}.")
    compared = [arm["comparison"] for arm in facts["arms"] if arm["comparison"]]
    # Only what occurs in the table is explained: a reader looks for every star that a note mentions.
    if any(one["significant"] for one in compared):
        both = all(one["basis"] == "seeds and examples" for one in compared if one["significant"])
        found.append(NOTE if both else NOTE_OF_OTHERS)
    if any(one["basis"] == "seeds" for one in compared):
        found.append(SEEDS_ALONE)
    if any(one["basis"] == "folds" for one in compared):
        found.append(FOLDS)
    if facts["until"] and compared:
        found.append(SEQUENTIAL)
    if any(len(one["seeds"]) < FEWEST_SEEDS and one["basis"] != "folds" for one in compared):
        found.append(FEW)
    found += [
        *registration_notes(facts),
        *margin_notes(facts),
        *_undecided(facts),
        *_other_seeds(facts),
        *_interval_without_star(facts),
        *_untested(facts),
        *_detectable(facts),
        *_alike(facts),
    ]
    return [*found, *_other_capacities(facts), *_other_threads(facts)]


def _baselines(facts: dict[str, Any]) -> str:
    """Return what the arms are compared with; tuned arms are compared with the tuned baseline of their task."""
    bases = [arm for arm in facts["arms"] if arm["is_baseline"] and arm["scores"]]
    if facts["several_tasks"]:
        tuned = len({arm["task"] for arm in bases}) < len(bases)
        return f"the baseline on the same data{', those of tuned arms against the tuned one' if tuned else ''}"
    named: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        if arm["comparison"]:
            named.setdefault(arm["against"], []).append(f"'{arm['name']}'")
    if len(named) == 1:
        return f"'{next(iter(named))}'"
    return "; ".join(f"'{against}' for {', '.join(names)}" for against, names in named.items())


def registration_notes(facts: dict[str, Any]) -> list[str]:
    """Return a note on whether the results are those that were registered; none for a study without registration."""
    found = facts.get("registration")
    if not found or not found["registered"]:
        return []
    when = f"registered on {found['registered']}, hash {found['hash'][:12]}"
    if found["kind"] == "confirmatory":
        return [f"Confirmatory: the study was {when}, before its runs, and nothing differs."]
    return [f"Exploratory: the study was {when}, but {'; '.join(found['differences'])}."]


def _detectable(facts: dict[str, Any]) -> list[str]:
    """Return a note on the differences that a study of this size finds and misses."""
    compared = [arm["comparison"] for arm in facts["arms"] if arm["comparison"] and arm["comparison"]["detectable"]]
    if not compared:
        return []
    # Arms may share different numbers of seeds with the baseline, so a range is shown.
    seeds = f"{spell_range([len(one['seeds']) for one in compared])} seeds"
    bases = {one["basis"] for one in compared}
    samples = "these folds" if "folds" in bases else seeds if bases == {"seeds"} else f"{seeds} and as many examples"
    sizes = [one["detectable"] * facts["scale"] for one in compared]
    ends = list(dict.fromkeys((_rounded(min(sizes)), _rounded(max(sizes)))))
    points = " points" if facts["scale"] == 100 else ""
    depending = ", depending on the arm" if len(ends) > 1 else ""
    return [
        f"With {samples}, 4 of 5 studies like this one would detect a true difference of {' to '.join(ends)}{points}"
        f"{depending}; fewer would detect a smaller one."
    ]


def _rounded(value: float) -> str:
    """Return a number with two significant digits, and without an exponent if it is large."""
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 10 else f"{value:.2g}"


def _undecided(facts: dict[str, Any]) -> list[str]:
    """Return a note on the arms of a sequential study that need more seeds."""
    if not facts["until"]:
        return []
    undecided = ("not tested", "no difference found")
    names = [
        f"'{arm['name']}'"
        for arm in facts["arms"]
        if arm["against"] and (not arm["comparison"] or arm["comparison"]["verdict"] in undecided)
    ]
    return [f"Not decided with the seeds so far: {', '.join(names)}."] if names else []


def _other_seeds(facts: dict[str, Any]) -> list[str]:
    """Return a note on arms whose difference is not that of the means, since not all of their seeds are compared."""
    arms = {arm["name"]: arm for arm in facts["arms"]}
    named: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        seeds = list(arm["comparison"]["seeds"]) if arm["comparison"] else []
        if seeds and (seeds != arm["seeds"] or seeds != arms[arm["against"]]["seeds"]):
            named.setdefault(", ".join(map(str, seeds)), []).append(f"'{arm['name']}'")
    return [
        f"Compared only on the seeds that the baseline has as well ({seeds}), so the difference is not that of the "
        f"means: {', '.join(names)}."
        for seeds, names in named.items()
    ]


def _alike(facts: dict[str, Any]) -> list[str]:
    """Return notes on arms that change nothing."""
    found = []
    for arm in facts["arms"]:
        if arm["same_predictions_as"]:
            found.append(
                f"'{arm['name']}' predicts the same as '{arm['same_predictions_as']}' for every example: their "
                "difference in settings changes nothing."
            )
        if arm["same_spans_as"]:
            found.append(
                f"The spans of '{arm['name']}' match those of '{arm['same_spans_as']}', although their segmentation "
                "settings differ."
            )
    return found


def _interval_without_star(facts: dict[str, Any]) -> list[str]:
    """Return a note on arms whose interval excludes 0 but which have no star after Holm's correction."""
    names = [
        f"'{arm['name']}'"
        for arm in facts["arms"]
        if (found := arm["comparison"]) and found["p"] is not None and found["p"] < LEVEL and not found["significant"]
    ]
    if not names:
        return []
    return [
        f"The interval of {', '.join(names)} excludes 0, but p is not below 0.05 after Holm's correction for several "
        "arms, so there is no star."
    ]


def _untested(facts: dict[str, Any]) -> list[str]:
    """Return notes on arms that have scores but no comparison or no test: without a reason, it looks like an error."""
    kinds: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        if reason := _why_untested(arm, sequential=facts["until"] is not None):
            kinds.setdefault(reason, []).append(f"'{arm['name']}'")
    return [f"{reason}: {', '.join(names)}." for reason, names in kinds.items()]


def _why_untested(arm: dict[str, Any], *, sequential: bool) -> str:
    found = arm["comparison"]
    if not arm["scores"] or arm["is_baseline"]:
        return ""
    if not arm["against"]:
        return "Not compared, since no arm differs from the baseline only in its data"
    if not found:
        return "Not compared, since no finished run has a seed in common with the baseline"
    if found["basis"] == "folds":
        return "" if found["p"] is not None else UNTESTED_FOLDS
    # The first case has a sentence in ``notes``, which is the same for all arms.
    if len(found["seeds"]) < FEWEST_SEEDS or found["p"] is not None:
        return ""
    if sequential:
        return UNTESTED_SEQUENTIAL
    if found["basis"] == "seeds":
        return SAME
    return SINGLE if arm["examples"] == 1 else SAME_EVERYWHERE


def _other_capacities(facts: dict[str, Any]) -> list[str]:
    """Return notes on arms with another number of weights than the baseline, which may explain their difference."""
    named: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        if arm["other_capacity"] and arm["parameters_ratio"]:
            named.setdefault(f"{arm['parameters_ratio']:.2f}", []).append(f"'{arm['name']}'")
    return [
        f"The model has {ratio} times as many weights as the baseline's, which may explain a difference: "
        f"{', '.join(names)}."
        for ratio, names in named.items()
    ]


def _other_threads(facts: dict[str, Any]) -> list[str]:
    """Return a note if runs had different thread counts, which changes the order of sums and so the last bits."""
    counts = facts["environment"].get("threads", [])
    if len(counts) < 2:
        return []
    return [
        f"The runs were made with different thread counts ({', '.join(map(str, counts))}), which alone changes results "
        "slightly. Use one count: export OMP_NUM_THREADS, or --executor \"{type: 'local', threads: N}\"."
    ]


def left(facts: dict[str, Any]) -> str:
    """Return which runs are not finished; empty if all are."""
    runs = [
        f"{one['arm']}, seed {one['seed']} ({': '.join(filter(None, (one['state'], one['problem'])))})"
        for one in facts["unfinished"]
    ]
    more = f" and {len(runs) - MOST_NAMED} more" if len(runs) > MOST_NAMED else ""
    return f"Not finished: {'; '.join(runs[:MOST_NAMED])}{more}." if runs else ""


def _cells(arm: dict[str, Any], facts: dict[str, Any]) -> tuple[Cell, ...]:
    found = arm["comparison"]
    # An unfinished arm keeps its row, so that the table shows that something is missing.
    if not arm["scores"]:
        # Name and reason are in the first two columns, seeds, parameters and time in the last three.
        empty = [""] * (len(columns(facts)) - 5)
        return tuple((text,) for text in (arm["name"], arm["missing"], *empty, "0", "", ""))

    own, margin_test = cells_of_arm(arm, facts), (found and found["equivalence"]) or {}
    margin = (
        own.p("equivalence.p_adjusted", margin_test.get("p_adjusted")),
        own.number("equivalence.probability_within", margin_test.get("probability_within"), ".3f"),
        text_cell(found["verdict"] if found else ""),
    )
    star = "*" if found and found["significant"] else ""
    return (
        text_cell(arm["name"]),
        own.score("mean", arm["mean"]) + own.score("deviation", arm["deviation"], before=" ± "),
        own.difference("difference", found["difference"], after=star) if found else (),
        own.interval(found["low"], found["high"]) if found else (),
        own.p("p_adjusted", found["p_adjusted"]) if found else (),
        *(margin if facts["margin"] else ()),
        *([text_cell(arm["letters"] or "")] if facts["pairs"] else ()),
        text_cell(", ".join(map(str, arm["seeds"]))),
        own.number("parameters", arm["parameters"], ","),
        own.number("seconds_ratio", arm["seconds_ratio"], ".2f", after="x"),
    )
