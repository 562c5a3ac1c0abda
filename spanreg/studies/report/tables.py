"""A study's results as one table: for papers, for spreadsheets, for terminals."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

_PERCENT = ("accuracy", "f1", "matthews_correlation", "pearson", "spearman", "precision", "recall")

NOTE = (
    "* the difference holds against another training (paired t-test over the seeds) and against other examples "
    "(approximate randomisation), p < 0.05 after Holm's correction over the arms."
)
FEW = "No test over fewer than 3 seeds, so no star."


def scale_of(facts: dict[str, Any]) -> float:
    """100 for figures that are told in per cent, else 1."""
    metric = facts["metric"].rpartition("_")[2] if facts["metric"] not in _PERCENT else facts["metric"]
    return 100.0 if facts["metric"] in _PERCENT or metric in _PERCENT else 1.0


def columns(facts: dict[str, Any]) -> list[str]:
    """Headings of the table."""
    unit = ", %" if scale_of(facts) == 100 else ""
    return ["arm", f"{facts['metric']}{unit}", "difference", "95 % interval", "p", "seeds", "parameters", "time"]


def rows(facts: dict[str, Any]) -> list[list[str]]:
    """One row an arm, as strings; the baseline has no difference."""
    return [_row(arm, facts) for arm in facts["arms"]]


def notes(facts: dict[str, Any]) -> list[str]:
    """What must be said below the table."""
    found = [f"Caption: {facts['caption']}.", f"Differences are against '{facts['baseline']}'."]
    compared = [arm["comparison"] for arm in facts["arms"] if arm["comparison"]]
    if any(one["significant"] for one in compared):
        found.append(NOTE)
    if any(len(one["seeds"]) < 3 for one in compared):
        found.append(FEW)
    detectable = [one["detectable"] for one in compared if one["detectable"]]
    if detectable:
        scale, seeds = scale_of(facts), min(len(one["seeds"]) for one in compared)
        found.append(
            f"With {seeds} seeds, a difference under {min(detectable) * scale:.2g} to {max(detectable) * scale:.2g} "
            "would be found in fewer than 4 of 5 studies."
        )
    for arm in facts["arms"]:
        if arm["same_spans_as"]:
            found.append(f"'{arm['name']}' has the very same spans as '{arm['same_spans_as']}': it changes nothing.")
        if arm["other_capacity"] and arm["parameters_ratio"]:
            found.append(f"'{arm['name']}' has {arm['parameters_ratio']:.2f} times the weights of the baseline.")
    return found


def markdown(facts: dict[str, Any]) -> str:
    """A table in GitHub's Markdown."""
    head = columns(facts)
    lines = [head, ["---"] * len(head), *rows(facts)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    below = "\n\n".join(notes(facts))
    return f"## {facts['study']}\n\n{table}\n\n{below}\n{_markdown_interactions(facts)}"


def latex(facts: dict[str, Any]) -> str:
    """A table for a paper, with booktabs."""
    head, body = columns(facts), rows(facts)
    lines = [" & ".join(map(_escaped, line)) + r" \\" for line in (head, *body)]
    below = " ".join(_escaped(note) for note in notes(facts)[1:])
    return "\n".join(
        [
            r"\begin{table}",
            r"\begin{tabular}{l" + "r" * (len(head) - 1) + "}",
            r"\toprule",
            lines[0],
            r"\midrule",
            *lines[1:],
            r"\bottomrule",
            r"\end{tabular}",
            rf"\caption{{{_escaped(facts['caption'])}. {below}}}",
            rf"\label{{tab:{facts['study']}}}",
            r"\end{table}",
            "",
        ]
    )


def comma_separated(facts: dict[str, Any]) -> str:
    """One line a run, with all figures: for a spreadsheet or another program."""
    names = list(dict.fromkeys(name for arm in facts["arms"] for name in arm["figures"]))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["arm", "seed", "split", *names, "parameters"])
    for arm in facts["arms"]:
        for index, seed in enumerate(arm["seeds"]):
            figures = [arm["figures"].get(name, [None] * len(arm["seeds"]))[index] for name in names]
            writer.writerow([arm["name"], seed, facts["split"], *figures, arm["parameters"]])
    return stream.getvalue()


def _row(arm: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    scale, found = scale_of(facts), arm["comparison"]
    if not arm["scores"]:
        return [arm["name"], "not run", "", "", "", "0", "", ""]
    score = f"{arm['mean'] * scale:.2f}"
    if arm["deviation"] is not None:
        score += f" ± {arm['deviation'] * scale:.2f}"
    difference = span = p = ""
    if found is not None:
        difference = f"{found['difference'] * scale:+.2f}" + ("*" if found["significant"] else "")
        span = "" if found["low"] is None else f"{found['low'] * scale:+.2f} to {found['high'] * scale:+.2f}"
        p = "" if found["p_adjusted"] is None else f"{found['p_adjusted']:.3f}"
    seeds = ", ".join(map(str, arm["seeds"]))
    ratio = "" if arm["seconds_ratio"] is None else f"{arm['seconds_ratio']:.2f}x"
    return [arm["name"], score, difference, span, p, seeds, f"{arm['parameters']:,}", ratio]


def _markdown_interactions(facts: dict[str, Any]) -> str:
    if not facts["interactions"]:
        return ""
    scale = scale_of(facts)
    lines = ["| piece | alone | on top of the others | difference | verdict |", "| --- | --- | --- | --- | --- |"]
    for row in facts["interactions"]:
        cells = [row["piece"], *(f"{row[key] * scale:+.2f}" for key in ("alone", "on_top", "difference"))]
        lines.append("| " + " | ".join([*cells, row["verdict"]]) + " |")
    return "\n### Interactions\n\n" + "\n".join(lines) + "\n"


_SPECIAL = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "±": r"$\pm$"}
_SPECIAL |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$"}


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


FORMATS: dict[str, Callable[[dict[str, Any]], str]] = {
    "md": markdown,
    "latex": latex,
    "csv": comma_separated,
}
"Names of the forms that are text, and what makes them."
