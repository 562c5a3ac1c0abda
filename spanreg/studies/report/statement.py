"""State the result of a study in full sentences with its numbers, for a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS, LEVEL
from spanreg.studies.report.blocks import places
from spanreg.studies.report.tables import FOLDS, SEQUENTIAL, registration_notes
from spanreg.studies.report.verdicts import arm_verdict, spell_p

MOST_NAMED: Final = 6
"Largest number of arms of one kind that are described one by one."

Arm = dict[str, Any]
"Facts of an arm."


def statement(facts: dict[str, Any]) -> list[str]:
    """Return the result as paragraphs: one for each task, and one on the tests.

    A difference is called a difference only if the table has a star for it.

    Args:
        facts: facts of the report.
    """
    tasks = dict.fromkeys(arm["task"] for arm in facts["arms"] if arm["scores"])
    paragraphs = [" ".join(_on_task(task, facts)) for task in tasks]
    method = " ".join(_method(facts))
    return [text for text in (*paragraphs, method) if text]


def _on_task(task: str, facts: dict[str, Any]) -> Iterator[str]:
    """Yield sentences on the arms of a task, for each of its baselines: tuned arms are compared with a tuned one."""
    arms = [arm for arm in facts["arms"] if arm["task"] == task]
    place = f"On {_place(next(arm for arm in arms if arm['scores']))}, "
    baselines = [arm for arm in arms if arm["is_baseline"] and arm["scores"]]
    if not baselines:
        yield f"{place}{_why_no_baseline(arms)}."
    for number, baseline in enumerate(baselines):
        subject = f"{'The' if number else f'{place}the'} baseline '{baseline['name']}'"
        score = f"{_article(baseline['metric'])} of {_score(baseline, facts)}"
        yield f"{subject} reached {score} ({_seeds(baseline)})."
        yield from _against([arm for arm in arms if arm["against"] == baseline["name"]], facts)


def _why_no_baseline(arms: Sequence[Arm]) -> str:
    if any(arm["is_baseline"] or arm["against"] for arm in arms):
        return "no run of a baseline is finished"
    return "no arm is compared, since none differs from the baseline only in its data"


def _against(arms: Sequence[Arm], facts: dict[str, Any]) -> Iterator[str]:
    """Yield sentences on the arms of one baseline: significant, undecided and untested differences."""
    compared = [arm for arm in arms if arm["comparison"] and arm["comparison"]["difference"] is not None]
    tested = [arm for arm in compared if None not in (arm["comparison"][key] for key in ("p_adjusted", "low", "high"))]
    # Only arms with a star are called different: without one, a sentence would claim more than the table.
    for word in ("better", "worse"):
        yield from _significant([arm for arm in tested if arm_verdict(arm) == word], word, facts)
    yield from _undecided([arm for arm in tested if arm_verdict(arm) == "even"], facts)
    yield from _equivalent([arm for arm in tested if (arm["comparison"]["equivalence"] or {}).get("shown")], facts)
    yield from _untested([arm for arm in compared if arm not in tested], facts)


def _significant(arms: Sequence[Arm], word: str, facts: dict[str, Any]) -> Iterator[str]:
    # The largest first, since a paragraph names only some of many arms.
    ordered = sorted(arms, key=lambda arm: -abs(arm["comparison"]["difference"]))
    for arm in ordered[:MOST_NAMED]:
        yield (
            f"'{arm['name']}' was significantly {word}: {_score(arm, facts)}, a difference of "
            f"{_difference(arm, facts)} ({_interval(arm, facts)}, {_p(arm['comparison'])})."
        )
    if rest := ordered[MOST_NAMED:]:
        yield f"{len(rest)} further arms were significantly {word}, by {_range(rest, facts)}."


def _undecided(arms: Sequence[Arm], facts: dict[str, Any]) -> Iterator[str]:
    if not arms:
        return
    if len(arms) > MOST_NAMED:
        # The smallest p is the one that a reader would ask for.
        p = min(arm["comparison"]["p_adjusted"] for arm in arms)
        yield f"For {len(arms)} arms no significant difference was found ({_range(arms, facts)}; p at least {p:.3f})."
        return
    named = [
        f"'{arm['name']}' ({_difference(arm, facts)}, {_interval(arm, facts)}, {_p(arm['comparison'])})" for arm in arms
    ]
    yield f"No significant difference was found for {_joined(named)}."


def _equivalent(arms: Sequence[Arm], facts: dict[str, Any]) -> Iterator[str]:
    if arms:
        named = [f"'{arm['name']}' ({_p(arm['comparison']['equivalence'])})" for arm in arms[:MOST_NAMED]]
        more = f" and {len(arms) - MOST_NAMED} more" if len(arms) > MOST_NAMED else ""
        points = " points" if facts["scale"] == 100 else ""
        yield (
            f"By two one-sided tests, a difference of {facts['margin']:g}{points} or more is ruled out for "
            f"{', '.join(named)}{more}."
        )


def _untested(arms: Sequence[Arm], facts: dict[str, Any]) -> Iterator[str]:
    if arms:
        named = [f"'{arm['name']}' ({_difference(arm, facts)})" for arm in arms[:MOST_NAMED]]
        more = f" and {len(arms) - MOST_NAMED} more" if len(arms) > MOST_NAMED else ""
        yield f"Not tested: {', '.join(named)}{more}."


def _method(facts: dict[str, Any]) -> Iterator[str]:
    """Yield sentences on the tests, as a reviewer asks for them: samples, level, sides and correction."""
    compared = [arm["comparison"] for arm in facts["arms"] if arm["comparison"]]
    tested = [one for one in compared if one["p_adjusted"] is not None]
    if tested:
        bases = dict.fromkeys(one["basis"] for one in tested)
        samples = " or ".join("seeds alone" if basis == "seeds" else basis for basis in bases)
        count = sum(bool(arm["against"]) for arm in facts["arms"])
        over = "over all pairs of arms" if facts["pairs"] else f"for {count} comparisons"
        correction = f" and corrected {over} by Holm's method; intervals are not corrected" if count > 1 else ""
        yield (
            "Differences are arm minus baseline under the same seeds. Intervals and p-values come from one paired test "
            f"that counts {samples} as samples, at the level {LEVEL}; p-values are two-sided{correction}."
        )
    elif compared:
        samples = "folds" if compared[0]["basis"] == "folds" else "seeds"
        yield f"Differences are not tested: a test needs {FEWEST_SEEDS} {samples} and differences that vary."
    if any(one["basis"] == "folds" for one in tested):
        yield FOLDS
    if facts["until"] and compared:
        yield SEQUENTIAL
    yield from registration_notes(facts)
    if facts["unfinished"]:
        yield f"{facts['finished']} of {facts['planned']} runs are finished, so these numbers are preliminary."


def _place(arm: Arm) -> str:
    return f"{arm['split']} of {arm['task']} ({arm['examples']:,} example{'' if arm['examples'] == 1 else 's'})"


def _article(metric: str) -> str:
    if not metric:
        return "a score"
    # "f1" is read as a letter, which begins with the sound of a vowel.
    vowel = metric[0].lower() in "aeio" or (metric[0].lower() == "f" and metric[1:2].isdigit())
    return f"{'an' if vowel else 'a'} {metric}"


def _seeds(arm: Arm) -> str:
    count = len(arm["seeds"])
    return "one seed" if count == 1 else f"mean ± standard deviation of {count} seeds"


def _score(arm: Arm, facts: dict[str, Any]) -> str:
    scale, form = facts["scale"], f".{places(facts['scale'])}f"
    spread = "" if arm["deviation"] is None else f" ± {arm['deviation'] * scale:{form}}"
    return f"{arm['mean'] * scale:{form}}{spread}{' %' if scale == 100 else ''}"


def _difference(arm: Arm, facts: dict[str, Any]) -> str:
    points = " points" if facts["scale"] == 100 else ""
    return f"{_signed(arm['comparison']['difference'], facts)}{points}"


def _interval(arm: Arm, facts: dict[str, Any]) -> str:
    low, high = (_signed(arm["comparison"][end], facts) for end in ("low", "high"))
    return f"95 % confidence interval {low} to {high}"


def _p(test: dict[str, Any]) -> str:
    """Return the corrected p-value of a test: ``p = 0.012``, or ``p < 0.001``."""
    text = spell_p(test["p_adjusted"])
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _range(arms: Sequence[Arm], facts: dict[str, Any]) -> str:
    found = [arm["comparison"]["difference"] for arm in arms]
    points = " points" if facts["scale"] == 100 else ""
    return f"{_signed(min(found), facts)} to {_signed(max(found), facts)}{points}"


def _signed(value: float, facts: dict[str, Any]) -> str:
    return f"{value * facts['scale']:+.{places(facts['scale'])}f}"


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
