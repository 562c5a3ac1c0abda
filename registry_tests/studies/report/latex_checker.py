"""A strict checker of the LaTeX subset that reports use, for machines without a TeX engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PLAIN_CHARACTERS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n.,;:!?'()/+-*=@`")
"Characters without a special meaning; a grave accent only as an opening quotation mark."

TEXT_COMMANDS = {r"\&", r"\%", r"\$", r"\#", r"\_", r"\{", r"\}"}
TEXT_COMMANDS |= {
    r"\textbackslash",
    r"\textasciitilde",
    r"\textasciicircum",
    r"\textbar",
    r"\char",
    r"\ldots",
    r"\copyright",
}
TEXT_COMMANDS |= {r"\pounds", r"\S", r"\ss", r"\ae", r"\AE", r"\oe", r"\OE", r"\o", r"\O", r"\l", r"\L", r"\i"}
ACCENTS = {rf"\{name}" for name in ("`", "'", "^", "~", "=", "u", ".", '"', "r", "H", "v", "d", "c", "b")}
STRUCTURE_COMMANDS = {
    r"\begin",
    r"\end",
    r"\centering",
    r"\caption",
    r"\label",
    r"\toprule",
    r"\midrule",
    r"\bottomrule",
    r"\\",
}
MATH_CONTENTS = {"<", ">", "-", r"\pm", r"\times", r"\cdot", r"^{\circ}", r"\mu", r"\leq", r"\geq", r"\neq", r"\approx"}
MATH_CONTENTS |= {r"\rightarrow", r"\leftarrow", r"\infty", r"\emptyset"}
GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda nu xi pi rho sigma tau phi chi psi omega"
MATH_CONTENTS |= {rf"\{name}" for name in GREEK.split()}

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
    """State of the checker: the open groups and environments, and the faults so far."""

    faults: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=list)
    groups: int = 0
    cells: int = 0
    width: int = 0
    "Columns of the open table; 0 outside of one."

    def require(self, condition: object, fault: str) -> None:
        if not condition:
            self.faults.append(fault)

    def read(self, token: str, before: str, following: str) -> None:
        """Check one token by the token before it and the characters that follow."""
        if token in ("{", "}"):
            self.groups += 1 if token == "{" else -1
            self.require(self.groups >= 0, "a group ends that did not begin")
        elif token in (r"\begin", r"\end"):
            self.environment(token, following)
        elif token in (r"\\", "&"):
            self.cell(token, following)
        elif token in ACCENTS or token in TEXT_COMMANDS:
            # A command of letters would swallow the letters or spaces after it, so it needs braces.
            end = r"\{[A-Za-z]\}" if token in ACCENTS else r"\d+\{\}" if token == r"\char" else r"\{\}"
            self.require(
                (not token[1:].isalpha() and token in TEXT_COMMANDS) or re.match(end, following),
                f"{token} takes what follows",
            )
        elif token.startswith("$"):
            self.require(token[1:-1] in MATH_CONTENTS, f"in mathematics: {token}")
        elif token in ("[", "]"):
            self.require(before == "{" and following.startswith("}"), f"{token!r} outside of its own group")
        elif token == "-":
            self.require(not following.startswith("---"), "a dash of more hyphens than LaTeX has")
        else:
            self.require(
                token in STRUCTURE_COMMANDS or token in PLAIN_CHARACTERS or token == "~", f"unexpected {token!r}"
            )

    def environment(self, token: str, following: str) -> None:
        """Check the begin or end of an environment."""
        name, columns = re.match(r"\{(\w+)\}", following), re.match(r"\{tabular\}\{(\w+)\}", following)
        assert name
        if token == r"\begin":
            self.environments.append(name[1])
            self.width, self.cells = len(columns[1]) if columns else self.width, 1
        else:
            self.require(self.environments and self.environments.pop() == name[1], f"'{name[1]}' is not open")
            self.width = 0 if name[1] == "tabular" else self.width

    def cell(self, token: str, following: str) -> None:
        """Check the end of a table's cell or row."""
        if token == "&":
            self.cells += 1
            self.require(self.width, "'&' outside of a table")
            return
        self.require(self.cells == self.width, f"a row of {self.cells} cells in a table of {self.width}")
        self.require(not re.match(r"\s*[*\[]", following), "a row begins like an option of the end of the row before")
        self.cells = 1
