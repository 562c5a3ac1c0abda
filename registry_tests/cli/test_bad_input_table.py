"""Wrong input for every command, with the exact message: the files in ``bad_input`` are the table.

A row is a command line after ``$`` and its complete output. Every command of the table exits with code 2, without a
traceback, and changes no file. ``HOME`` stands for the working directory, ``PACKAGE`` for the folder of spanreg, and
``N more`` for a number of further names.

A new component or option changes the lists in some messages: run this file with ``SPANREG_WRITE_TABLES=1`` to rewrite
the tables with the present output, and review the difference.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import spanreg
from spanreg.cli.main import COMMANDS, main

TABLES = Path(__file__).parent / "bad_input"
FILES: dict[str, str | bytes] = {
    "config.jsonnet": """// A config.
{
  data: { type: 'demo', limit: 16 },
  encoder: { type: 'tiny', dim: 16, layers: 1 },
  aggregator: { type: 'hierarchical_cnn' },
  training: { max_steps: 1, batch_size: 8 },
}
""",
    "study.jsonnet": """{
  base: import 'config.jsonnet',
  base_name: 'spans',
  seeds: [1, 2],
  arms: {
    plain: { aggregator: 'none' },
  },
  baseline: 'plain',
}
""",
    "searching.jsonnet": "(import 'study.jsonnet') + { search: { space: { 'training.batch_size': [4, 8] } } }\n",
    "external.jsonnet": "(import 'config.jsonnet') + { seed: std.extVar('SEED') }\n",
    "importing.jsonnet": "(import 'missing.libsonnet') + {}\n",
    "outside.jsonnet": "{ data: importstr '/etc/hostname' }\n",
    "broken.jsonnet": "{ data: ",
    "empty.jsonnet": "",
    "latin.jsonnet": b"{ data: '\xe9' }",
    "list.json": "[1]",
    "loop.jsonnet": "import 'loop.jsonnet'",
    "nul.jsonnet": "{\0}",
    "binary.parquet": b"PAR1\xff\x00\x01",
    "broken.gz": b"\x1f\x8b123",
    "corpus.txt": "the red fox saw a brown bear .\n" * 10,
    "latin.txt": b"caf\xe9\n",
    "empty.txt": "",
    "phrases.txt": "red fox\nbrown bear\n",
    "texts.jsonl": '{"text": "a red fox"}\n',
    "labelled.jsonl": '{"text": "a red fox", "label": "figurative"}\n',
    "wrong_labels.jsonl": '{"text": "a red fox", "label": "nope"}\n',
    "broken.jsonl": '{"text": \n',
    "numbers.jsonl": '{"text": 3}\n',
    "no_text.jsonl": '{"words": "x"}\n',
    "gold.txt": "the DT B-NP\nfox NN I-NP\n\n",
    "raising.py": "raise ValueError('a mistake of its author')\n",
    "unparsable.py": "def f(:\n",
    "needing.py": "import not_installed_at_all\n",
    "exiting.py": "raise SystemExit(3)\n",
    "taking.py": "from spanreg.fusions.base import Fusion\n\n\n@Fusion.register('add')\nclass Mine(Fusion): ...\n",
    "unnamed.py": "from spanreg.fusions.base import Fusion\n\n\n@Fusion.register\nclass Mine(Fusion): ...\n",
    "stopped/status.json": '{"state": "interrupted"}',
}


class TableRow(NamedTuple):
    """Wrong command line and its expected output."""

    command: str
    output: str


def read_rows() -> Iterator[TableRow]:
    """Yield the rows of all tables."""
    for table in sorted(TABLES.glob("*.txt")):
        for block in re.split(r"^\$ ", table.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            command, _, output = block.partition("\n")
            yield TableRow(command, output.strip())


ROWS = list(read_rows())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, finished: Path, make_study_in: Callable[..., Path]) -> Path:
    """Return the working directory of all commands, which none of them changes."""
    folder = tmp_path_factory.mktemp("home")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "folder").mkdir()
    shutil.copytree(finished, folder / "run")
    scores = {arm: {seed: [0, 1, 1, 0] for seed in (1, 2)} for arm in ("plain", "spans")}
    make_study_in(folder / "made", scores, [0, 1, 1, 0]).rename(folder / "study-run")
    shutil.rmtree(folder / "made")
    return folder


@pytest.fixture
def run_command(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str]]:
    """Return a function that runs a command line and returns its exit code and output."""
    monkeypatch.chdir(home)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))

    def run(command: str) -> tuple[int, str]:
        code = main(shlex.split(command)[1:])
        output = "".join(capsys.readouterr())
        output = output.replace(str(home), "HOME").replace(str(Path(spanreg.__file__).parent), "PACKAGE")
        # The number of further names changes with every new component.
        return code, re.sub(r" and \d+ more", " and N more", output.strip())

    return run


def modification_times(folder: Path) -> dict[str, int]:
    """Return the modification time of every file and folder below a folder."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def outputs() -> Iterator[dict[str, str]]:
    """Yield a dictionary for the outputs by command; with ``SPANREG_WRITE_TABLES``, write them into the tables."""
    by_command: dict[str, str] = {}
    yield by_command
    for table in TABLES.glob("*.txt") if os.environ.get("SPANREG_WRITE_TABLES") else ():
        commands = re.findall(r"^\$ (.*)$", table.read_text(encoding="utf-8"), flags=re.MULTILINE)
        blocks = [f"$ {command}\n{by_command[command]}\n" for command in commands]
        table.write_text("\n".join(blocks), encoding="utf-8")


@pytest.mark.parametrize("row", ROWS, ids=[row.command for row in ROWS])
def test_a_wrong_command_prints_its_message_and_changes_no_file(
    row: TableRow,
    home: Path,
    run_command: Callable[[str], tuple[int, str]],
    outputs: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Python itself writes ``__pycache__`` where it imports a file of the user, which is no file of the command.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = modification_times(home)
    code, outputs[row.command] = run_command(row.command)
    assert (code, outputs[row.command]) == (2, row.output)
    assert modification_times(home) == before


def test_every_command_has_rows() -> None:
    assert len(ROWS) >= 200
    assert {row.command.split()[1] for row in ROWS} >= set(COMMANDS)


def test_no_command_line_is_in_the_tables_twice() -> None:
    assert len({row.command for row in ROWS}) == len(ROWS)
