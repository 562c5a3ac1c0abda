"""A strict checker of the LaTeX that we write, for machines without a TeX engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n.,;:!?'()/+-*=@`")
"Characters that mean themselves; a grave accent only as the quotation mark of a group."

TEXT = {r"\&", r"\%", r"\$", r"\#", r"\_", r"\{", r"\}"}
TEXT |= {r"\textbackslash", r"\textasciitilde", r"\textasciicircum", r"\textbar", r"\char", r"\ldots", r"\copyright"}
TEXT |= {r"\pounds", r"\S", r"\ss", r"\ae", r"\AE", r"\oe", r"\OE", r"\o", r"\O", r"\l", r"\L", r"\i"}
ACCENTS = {rf"\{name}" for name in ("`", "'", "^", "~", "=", "u", ".", '"', "r", "H", "v", "d", "c", "b")}
STRUCTURE = {r"\begin", r"\end", r"\centering", r"\caption", r"\label", r"\toprule", r"\midrule", r"\bottomrule", r"\\"}
MATH = {"<", ">", "-", r"\pm", r"\times", r"\cdot", r"^{\circ}", r"\mu", r"\leq", r"\geq", r"\neq", r"\approx"}
MATH |= {r"\rightarrow", r"\leftarrow", r"\infty", r"\emptyset"}
GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda nu xi pi rho sigma tau phi chi psi omega"
MATH |= {rf"\{name}" for name in GREEK.split()}

TOKEN = re.compile(r"%[^\n]*(?:\n[ \t]*|$)|\\[A-Za-z]+|\\[^A-Za-z]|\$[^$\n]*\$|.", re.DOTALL)


def latex_faults(text: str) -> list[str]:
    """Return the faults of a text that a TeX engine rejects or shows wrongly; empty for a correct text."""
    if not text.isascii():
        return [f"not in ASCII: {text.encode('ascii', 'backslashreplace')!r}"]
    checker, tokens = _Checker(), TOKEN.findall(text)
    for place, token in enumerate(tokens):
        if not token.startswith("%"):
            checker.read(token, tokens[place - 1] if place else "", "".join(tokens[place + 1 : place + 40]))
    if checker.groups or checker.environments:
        checker.faults.append(f"left open: {checker.groups} groups, {checker.environments}")
    return checker.faults


@dataclass
class _Checker:
    """The groups and environments that are open at a token, and the faults before it."""

    faults: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=list)
    groups: int = 0
    cells: int = 0
    width: int = 0
    "Columns of the open table; 0 outside of one."

    def require(self, holds: object, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    def read(self, token: str, before: str, following: str) -> None:
        if token in ("{", "}"):
            self.groups += 1 if token == "{" else -1
            self.require(self.groups >= 0, "a group ends that did not begin")
        elif token in (r"\begin", r"\end"):
            self.environment(token, following)
        elif token in (r"\\", "&"):
            self.cell(token, following)
        elif token in ACCENTS or token in TEXT:
            end = r"\{[A-Za-z]\}" if token in ACCENTS else r"\d+\{\}" if token == r"\char" else r"\{\}"
            self.require(
                (not token[1:].isalpha() and token in TEXT) or re.match(end, following), f"{token} takes what follows"
            )
        elif token.startswith("$"):
            self.require(token[1:-1] in MATH, f"in mathematics: {token}")
        elif token in ("[", "]"):
            self.require(before == "{" and following.startswith("}"), f"{token!r} outside of its own group")
        else:
            self.require(token in STRUCTURE or token in PLAIN or token == "~", f"unexpected {token!r}")
            self.require(token != "-" or not following.startswith("---"), "a dash of more hyphens than LaTeX has")

    def environment(self, token: str, following: str) -> None:
        name, columns = re.match(r"\{(\w+)\}", following), re.match(r"\{tabular\}\{(\w+)\}", following)
        assert name
        if token == r"\begin":
            self.environments.append(name[1])
            self.width, self.cells = len(columns[1]) if columns else self.width, 1
        else:
            self.require(self.environments and self.environments.pop() == name[1], f"'{name[1]}' is not open")
            self.width = 0 if name[1] == "tabular" else self.width

    def cell(self, token: str, following: str) -> None:
        if token == "&":
            self.cells += 1
            self.require(self.width, "'&' outside of a table")
            return
        self.require(self.cells == self.width, f"a row of {self.cells} cells in a table of {self.width}")
        self.require(not re.match(r"\s*[*\[]", following), "a row begins like an option of the end of the row before")
        self.cells = 1
