"""A strict checker of the LaTeX that we write, for machines without a TeX engine."""

from __future__ import annotations

import re

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
    """Return what a TeX engine would not compile, or would show as something else; empty for a correct text."""
    if not text.isascii():
        return [f"not in ASCII: {text.encode('ascii', 'backslashreplace')!r}"]
    faults: list[str] = []
    groups, environments, tabular = 0, list[str](), 0
    cells = width = 0
    tokens = TOKEN.findall(text)
    for place, token in enumerate(tokens):
        following = "".join(tokens[place + 1 : place + 40])
        if token.startswith("%"):
            continue
        if token == "{":
            groups += 1
        elif token == "}":
            groups -= 1
            faults += ["a group ends that did not begin"] if groups < 0 else []
        elif token in (r"\begin", r"\end"):
            name = re.match(r"\{(\w+)\}", following)
            assert name
            if token == r"\begin":
                environments.append(name[1])
                if name[1] == "tabular":
                    columns = re.match(r"\{tabular\}\{(\w+)\}", following)
                    tabular, width, cells = groups + 1, len(columns[1]) if columns else 0, 1
            elif not environments or environments.pop() != name[1]:
                faults.append(f"'{name[1]}' ends, and is not open")
            else:
                tabular = 0 if name[1] == "tabular" else tabular
        elif token == r"\\":
            faults += [f"a row of {cells} cells in a table of {width}"] if cells != width else []
            faults += (
                ["a row begins like an option of the end of the row before"] if re.match(r"\s*[*\[]", following) else []
            )
            cells = 1
        elif token == "&":
            cells += 1
            faults += ["'&' outside of a table"] if not tabular else []
        elif token in ACCENTS:
            faults += [] if re.match(r"\{[A-Za-z]\}", following) else [f"{token} without a letter"]
        elif token in TEXT:
            end = r"\d+\{\}" if token == r"\char" else r"\{\}" if token[1:].isalpha() else ""
            faults += [] if re.match(end, following) else [f"{token} takes what follows"]
        elif token.startswith("$"):
            faults += [] if token[1:-1] in MATH else [f"in mathematics: {token}"]
        elif token not in STRUCTURE and token not in PLAIN and token not in "[]~":
            faults.append(f"unexpected {token!r}")
        elif token in "[]" and not (tokens[place - 1] == "{" and tokens[place + 1] == "}"):
            faults.append(f"{token!r} outside of a group of its own")
        elif token == "-" and following.startswith("--"):
            faults.append("a dash of more hyphens than LaTeX has")
    if groups or environments:
        faults.append(f"left open: {groups} groups, {environments}")
    return faults
