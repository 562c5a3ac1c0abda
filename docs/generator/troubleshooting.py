"""Page of common error messages, from the table that the tests compare with the commands."""

from __future__ import annotations

from docs.generator.navigation import ROOT
from registry_tests.cli.error_table import CONFIG, ERRORS, STUDY

TROUBLESHOOTING_PAGE = "how-to/troubleshooting.md"
MESSAGES_PAGE = "reference/messages.md"
TABLES = ROOT / "registry_tests" / "cli" / "bad_input"
"Commands that fail and their messages, each after ``$``, as ``registry_tests/cli/test_bad_input_table.py`` runs them."

INTRODUCTION = """# Troubleshooting

This page is generated from a table of the tests, which run every command and compare its message. A message has one
shape:
`where: what is wrong. how to fix it`. `where` is the file, the line, and the key of the config. All mistakes of a file
are reported at once, with exit code 2, and nothing is written. `--traceback` shows where the code raised the error. In
a message below, `...` replaces text that is left out. The search above finds a message by any of its words.

The commands use the files [idioms.jsonnet and study.jsonnet](#files). [Messages](../reference/messages.md) has more
messages, without advice."""


def troubleshooting_page() -> str:
    """Return the page in Markdown."""
    parts = [INTRODUCTION]
    for topic, cases in ERRORS.items():
        parts.append(f"## {topic}")
        parts += [f"```console\n$ spanreg {case.command}\n{case.message}\n```\n\n{case.advice}" for case in cases]
    files = "\n\n".join(f"```jsonnet\n{text.rstrip()}\n```" for text in (CONFIG, STUDY))
    return "\n\n".join([*parts, f'<a id="files"></a>The two files:\n\n{files}']) + "\n"


def messages_page() -> str:
    """Return the page of all tested messages in Markdown, a section for each table."""
    parts = [
        "# Messages",
        "Wrong input for every command, with all that the command prints. Each exits with code 2 and changes no file."
        " The tests run this list. [Troubleshooting](../how-to/troubleshooting.md) has advice on common mistakes."
        " `HOME` means the working directory, `PACKAGE` the folder of spanreg.",
    ]
    for table in sorted(TABLES.glob("*.txt")):
        content = table.read_text(encoding="utf-8").strip()
        parts.append(f"## {table.stem.capitalize()}\n\n```console\n{content}\n```")
    return "\n\n".join(parts) + "\n"
