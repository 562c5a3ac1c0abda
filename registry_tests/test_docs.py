"""Every fenced block of the documentation runs; CONTRIBUTING.md explains the marks.

The blocks of a page run in order: Python blocks in one namespace, commands in one temporary folder that also has the
shipped ``configs``. ``<!-- file: NAME -->`` above a block writes it to a file, for later blocks to use. ``<!-- exit: N
-->`` means that the commands fail with that exit code. ``<!-- not run: REASON -->`` skips the block. Output below a
command, or below ``>>>``, is compared; ``...`` matches anything.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import _jsonnet
import pytest

from registry_tests.warm_python import WarmPython
from spanreg.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SECTIONS = ("tutorials", "how-to", "reference", "results", "explanation")
PAGES = [
    ROOT / "README.md",
    DOCS / "index.md",
    *sorted(page for section in SECTIONS for page in (DOCS / section).glob("*.md")),
]
LANGUAGES = {"python", "jsonnet", "json", "console", "text"}
MARK = re.compile(r"<!-- (not run|file|exit): *(.*?) *-->")
MISSING_FILE = re.compile("there is no file or folder|no file matches")
"Problems of configs that name files of the reader, which the tests do not have."
OUTPUT_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    "Line number of the first line of content, from 1."
    language: str
    marks: dict[str, str]
    text: str

    @property
    def where(self) -> str:
        """Page and line, for messages."""
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page with their marks, each of which is on a separate line just above the fence."""
    marks: dict[str, str] = {}
    fence, language, first, content = "", "", 0, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        opening = re.match(r"\s*(```+)(\w*)", line)
        if fence:
            if line.strip() == fence:
                yield Block(page, first, language, marks, textwrap.dedent("\n".join(content)) + "\n")
                fence, marks = "", {}
            else:
                content.append(line)
        elif opening:
            fence, language, first, content = opening[1], opening[2], number + 1, []
        elif found := MARK.fullmatch(line.strip()):
            marks[found[1]] = found[2]
        elif line.strip():
            assert not marks, f"{page.name}:{number}: move the mark to the line above a fence"
    assert not fence, f"{page.name}:{first}: the fence is not closed"


class PageRunner:
    """Runner for the blocks of one page, in order: ``PageRunner(page, folder, warm).run_all()``."""

    def __init__(self, page: Path, folder: Path, warm: WarmPython) -> None:
        self.page, self.folder = page, folder
        self.module = types.ModuleType(f"docs_{page.stem.replace('-', '_').lower()}")
        # A copy, not a link: links are resolved first, and a config may import only from its own project.
        shutil.copytree(ROOT / "configs", folder / "configs")
        shims = folder / ".bin"
        shims.mkdir()
        warm.write_program(shims / "spanreg", "-m", "spanreg")
        warm.write_program(shims / "python")
        self.environment = {
            **os.environ,
            "PATH": f"{shims}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",  # the output of a command must not depend on the width of the terminal
        }

    def run_all(self) -> None:
        """Run all blocks of the page."""
        for block in blocks(self.page):
            self.run_block(block)

    def run_block(self, block: Block) -> None:
        """Run or write one block, by its language and marks."""
        if "not run" in block.marks:
            return
        if name := block.marks.get("file"):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language != "text":
            run = {"python": self.python, "jsonnet": self.jsonnet, "json": self.json, "console": self.console}
            run[block.language](block)

    def python(self, block: Block) -> None:
        """Execute a block, or compare the output of a session with ``>>>``."""
        if block.text.startswith(">>>"):
            session = doctest.DocTestParser().get_doctest(
                block.text, vars(self.module), block.where, str(block.page), block.line - 1
            )
            report: list[str] = []
            failed, _ = doctest.DocTestRunner(optionflags=OUTPUT_OPTIONS).run(
                session, out=report.append, clear_globs=False
            )
            vars(self.module).update(session.globs)
            assert not failed, "".join(report)
            return
        # Empty lines before the code give tracebacks the line numbers of the page.
        code = compile("\n" * (block.line - 1) + block.text, str(block.page), "exec", dont_inherit=True)
        exec(code, vars(self.module))

    def jsonnet(self, block: Block) -> None:
        """Evaluate a block; an experiment config must also pass ``spanreg check``."""
        path = self.folder / f"block-{block.line}.jsonnet"
        path.write_text(block.text, encoding="utf-8")
        value = json.loads(_jsonnet.evaluate_file(str(path)))
        if isinstance(value, dict) and {"data", "encoder"} <= value.keys():
            result = self.execute(f"spanreg check {path.name} --json")
            problems = [one for one in json.loads(result.stdout)["problems"] if not MISSING_FILE.match(one["problem"])]
            assert not problems, f"{block.where}: {problems}"

    def json(self, block: Block) -> None:
        """Parse a block."""
        json.loads(block.text)

    def console(self, block: Block) -> None:
        """Run the commands of a block; a backslash continues a command, and the lines below it are its output."""
        commands = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block.text, flags=re.MULTILINE)
        assert commands, f"{block.where}: no line begins with '$ '"
        for command, output in commands:
            self.check_command(block, command, output, exit_code=int(block.marks.get("exit", "0")))

    def check_command(self, block: Block, command: str, output: str, exit_code: int) -> None:
        """Run a command in the page's folder, and compare its exit code and output."""
        result = self.execute(command)
        assert result.returncode == exit_code, (
            f"{block.where}: $ {command}\nexit code {result.returncode}\n{result.stdout}"
        )
        if output.strip():
            matches = doctest.OutputChecker().check_output(output, result.stdout, OUTPUT_OPTIONS)
            assert matches, (
                f"{block.where}: $ {command}\nexpected by the page:\n{output}\nprinted by the command:\n{result.stdout}"
            )

    def execute(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command with bash, without input; its errors are part of its output."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_marks_are_valid(page: Path) -> None:
    found = list(blocks(page))
    for number, block in enumerate(found):
        assert block.language in LANGUAGES or "not run" in block.marks, (
            f"{block.where}: no test runs {block.language!r}"
        )
        assert block.marks.get("not run") != "", f"{block.where}: give the reason why the block is not run"
        if "file" in block.marks:
            name = Path(block.marks["file"]).with_suffix("").parts[0]
            later = (other.text for other in found[number + 1 :] if not {"not run", "file"} & other.marks.keys())
            assert any(name in text for text in later), f"{block.where}: {name} is written, but no later block uses it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_of_a_page_run(
    page: Path, warm_python: WarmPython, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = PageRunner(page, tmp_path, warm_python)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    # Dataclasses and annotations of a block look their module up by its name.
    monkeypatch.setitem(sys.modules, runner.module.__name__, runner.module)
    runner.run_all()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_have_targets(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text_without_code(page))
    inside = [(page.parent / name if name else page, anchor) for name, anchor in targets if ":" not in name]
    assert [str(target) for target, _ in inside if not target.exists()] == []
    assert [f"{target}#{anchor}" for target, anchor in inside if anchor and anchor not in anchors(target)] == []


def text_without_code(page: Path) -> str:
    """Return the text of a page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MkDocs write them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = (re.sub(r"[^\w\s-]", "", heading) for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE))
    return {re.sub(r"\s", "-", heading.strip().lower()) for heading in headings}


def test_blocks_are_parsed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Text.\n\n<!-- not run: slow -->\n```console\n$ a\n```\n\n```python\nx = 1\n```\n", encoding="utf-8"
    )
    first, second = blocks(page)
    assert (first.line, first.language, first.marks, first.text) == (5, "console", {"not run": "slow"}, "$ a\n")
    assert (second.line, second.language, second.marks, second.text) == (9, "python", {}, "x = 1\n")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```python\nx = 1\n```\n```python\nassert x == 2\n```\n", "assert"),
        ("```python\n>>> 1 + 1\n3\n```\n", "Expected: 3"),
        ("```console\n$ echo two words\nother words\n```\n", "expected by the page: other words"),
        ("```console\n$ true\n$ exit 3\n```\n", "exit code 3"),
        ("<!-- exit: 3 -->\n```console\n$ true\n```\n", "exit code 0"),
        ("```console\nspanreg list\n```\n", "no line begins with"),
        ("```jsonnet\n{ a: 1, a: 2 }\n```\n", "STATIC ERROR|duplicate field"),
        ("```json\n{'a': 1}\n```\n", "Expecting property name"),
    ],
)
def test_faults_of_a_block_are_reported(warm_python: WarmPython, tmp_path: Path, text: str, fault: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    runner = PageRunner(page, tmp_path, warm_python)
    with pytest.raises((AssertionError, RuntimeError, ValueError)) as caught:
        runner.run_all()
    assert re.search(fault, " ".join(f"{caught.typename} {caught.value}".split()), flags=re.IGNORECASE)


def test_the_reference_lists_every_command() -> None:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `spanreg ([\w-]+)", page, flags=re.MULTILINE)) == set(COMMANDS)
