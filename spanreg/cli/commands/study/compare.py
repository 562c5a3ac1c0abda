"""Show what differs between two studies, or two versions of one, arm by arm."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.options.command_parser import add_json_argument, add_yes_argument
from spanreg.cli.options.config_arguments import add_config_arguments, require_no_overrides
from spanreg.cli.options.study_arguments import plan_file, request_of
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.search_watch import spell_value
from spanreg.registry import MistakeCollector, include_packages

if TYPE_CHECKING:
    from spanreg.studies.exchange.study_differences import StudyDifferences
    from spanreg.studies.execute.folder import StudyReader
    from spanreg.studies.execute.record import StudyRecord

_FILES = (".jsonnet", ".json", ".libsonnet")
"Suffixes of study files; other files are packs."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("first", type=Path, metavar="A", help="folder, pack or file of a study")
    parser.add_argument("second", type=Path, metavar="B", help="folder, pack or file of another one")
    add_config_arguments(parser)
    add_json_argument(parser)
    add_yes_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if the studies differ in more than their scores."""
    from spanreg.studies.exchange.study_differences import study_differences

    if not any(path.suffix in _FILES for path in (arguments.first, arguments.second)):
        hint = "remove it, or compare with a study file"
        require_no_overrides(arguments, "has no effect on folders of studies and packs", hint)
    include_packages(arguments.include_package)
    mistakes = MistakeCollector()
    sides: dict[Path, tuple[StudyRecord, StudyReader | None]] = {}
    # Packs stay unpacked until the scores of both sides are read.
    with ExitStack() as opened:
        # Folders first: a study file has the hashes of an earlier version where those of the folder are of one.
        for path in sorted((arguments.first, arguments.second), key=lambda path: path.suffix in _FILES):
            with mistakes:
                recorded = frozenset[str]().union(*(record.input_hashes for record, _ in sides.values()))
                sides[path] = _read(path, arguments, opened, recorded)
        mistakes.raise_all()
        (first, one), (second, other) = sides[arguments.first], sides[arguments.second]
        folders = (one, other) if one and other else None
        found = study_differences(first, second, folders)
    if arguments.json:
        print_json({"same": found.same, **asdict(found)})
    else:
        _print(found)
    return 0 if found.same else 1


def _read(
    path: Path, arguments: Namespace, opened: ExitStack, recorded: frozenset[str]
) -> tuple[StudyRecord, StudyReader | None]:
    """Return the record of a study, and its folder unless it is a study file."""
    from spanreg.studies.exchange.pack import opened_study
    from spanreg.studies.execute.run import record_of

    if path.suffix in _FILES:
        plan = plan_file(path, arguments, many=arguments.yes)
        return record_of(plan, request_of(path, arguments), None, recorded), None
    folder = opened.enter_context(opened_study(path))
    return folder.read(), folder


def _print(comparison: StudyDifferences) -> None:
    """Print what differs in the studies, then in each arm."""
    for line in comparison.study:
        print_line(f"study: {line}")
    rows = [
        (
            arm.name,
            "" if arm.where == "both" else f"only in the {arm.where}",
            *map(spell_value, arm.means),
            *map(spell_value, arm.differences),
            "\n".join(arm.changes),
        )
        for arm in comparison.arms
    ]
    print_table(("arm", "", "mean A", "mean B", "difference A", "difference B", "changes"), rows)
    for line in comparison.notes:
        print_line(line)
    if comparison.same:
        print_line("the studies have the same arms, data and code")
