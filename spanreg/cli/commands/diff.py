"""Compare two configs, runs or studies: by component, then by metrics.

A target is a config, the folder of a run, a study file, the folder of a study, or a pack; STUDY:ARM is one arm of a
study. The exit code is 0 if nothing differs, 1 if something does, and 2 for a mistake.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from spanreg.cli.options.command_parser import add_json_argument, add_yes_argument
from spanreg.cli.options.comparables import Comparable, ComparableConfig, is_recorded, read_comparable
from spanreg.cli.options.config_arguments import add_config_arguments, require_no_overrides
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import ConfigurationError, MistakeCollector, include_packages
from spanreg.training.config.forms.comparison import ConfigDifference, compare_configs

DIFFERENT = 1
"Exit code if something differs, as that of the command ``diff``."

Figure = tuple[str, str, float | None, float | None]
"Split, figure, and its value on either side."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("old", metavar="A", help="config, run, study, study's folder or pack; or STUDY:ARM")
    parser.add_argument("new", metavar="B", help="another one, of the same kind")
    add_json_argument(parser)
    add_yes_argument(parser)
    add_config_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    if is_recorded(arguments.old) and is_recorded(arguments.new):
        hint = "remove it, or compare with the file of a config or study"
        require_no_overrides(arguments, "has no effect on runs, folders of studies and packs", hint)
    include_packages(arguments.include_package)
    # Each is evaluated by a process of its own, so that reading both takes as long as reading one.
    with ThreadPoolExecutor(2) as pool:
        sides = [pool.submit(read_comparable, target, arguments) for target in (arguments.old, arguments.new)]
    mistakes = MistakeCollector()
    for side in sides:
        with mistakes:
            side.result()
    mistakes.raise_all()
    old, new = (side.result() for side in sides)
    pairs = list(_pairs(old, new))
    # Arms of one study only; two single configs have no arms.
    missing = [(name, old.name) for name in old.arms if name not in new.arms]
    missing += [(name, new.name) for name in new.arms if name not in old.arms]
    found = [(name, compare_configs(one.config, two.config), _figures(one, two)) for name, one, two in pairs]
    is_equal = not missing and not any(
        config or any(before != after for *_, before, after in figures) for _, config, figures in found
    )
    if arguments.json:
        print_json({"equal": is_equal, "only": dict(missing), "arms" if old.arms else "difference": _facts(found, old)})
    else:
        for name, where in missing:
            print_line(f"{name}: only in {where}")
        for name, config, figures in found:
            _print(name, config, figures, old, new)
        if is_equal:
            print_line("no differences")
    return 0 if is_equal else DIFFERENT


def _pairs(old: Comparable, new: Comparable) -> Iterator[tuple[str, ComparableConfig, ComparableConfig]]:
    """Yield what is compared with what: two configs without a name, or the arms that both studies have."""
    if old.single and new.single:
        one, two = old.single, new.single
        # A run of an arm has one of the seeds of its study, so it does not differ from the arm in that.
        of_arm = one.of_arm or two.of_arm
        yield "", one.without_seed() if of_arm else one, two.without_seed() if of_arm else two
        return
    if old.single or new.single:
        study = new.name if old.single else old.name
        hint = f"name one of its arms: {study}:{next(iter((new if old.single else old).arms), 'ARM')}"
        raise ConfigurationError("is a study, and the other one is not", file=study, hint=hint)
    yield from ((name, one, new.arms[name]) for name, one in old.arms.items() if name in new.arms)


def _figures(old: ComparableConfig, new: ComparableConfig) -> list[Figure]:
    """Return the figures of two runs; none if one of them has none."""
    if old.metrics is None or new.metrics is None:
        return []
    names = dict.fromkeys([*old.metrics, *new.metrics])
    return [(*name, old.metrics.get(name), new.metrics.get(name)) for name in names]


def _facts(compared: list[tuple[str, list[ConfigDifference], list[Figure]]], old: Comparable) -> Any:
    """Return the differences for ``--json``: by arm, or of two single configs."""
    facts = {
        name: {
            "config": [one.as_dict() for one in config],
            "metrics": [{"split": one[0], "figure": one[1], "old": one[2], "new": one[3]} for one in figures],
        }
        for name, config, figures in compared
    }
    return facts if old.arms else facts[""]


def _print(name: str, config: list[ConfigDifference], figures: list[Figure], old: Comparable, new: Comparable) -> None:
    """Print the differences of two configs, and a table of metrics if anything differs."""
    for difference in config:
        print_line(f"{name}: {difference}" if name else str(difference))
    differing = any(before != after for *_, before, after in figures)
    if figures and (config or differing):
        rows = [
            (split, figure, before, after, None if before is None or after is None else after - before)
            for split, figure, before, after in figures
        ]
        print_table(["split", "figure", old.name, new.name, "difference"], rows, title=name or None)
