"""Print the JSON Schema of configs or studies, for editors and other tools."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final

from spanreg.cli.options.config_arguments import add_include_argument
from spanreg.cli.rendering.output import print_json
from spanreg.registry import include_packages, stand_in
from spanreg.registry.schema import SchemaWriter
from spanreg.training.config.experiment_plan import experiment_class

ROOTS: Final = {
    "config": ("spanreg.training.config.experiment", "Experiment", "a config of spanreg train"),
    "study": ("spanreg.studies.define.study", "Study", "a study of spanreg study"),
}
"Module, class and title of the root of each schema."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "of", nargs="?", choices=list(ROOTS), default="config", help="file that the schema describes (default: config)"
    )
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    include_packages(arguments.include_package)
    module, name, title = ROOTS[arguments.of]
    # The signature of a study takes any object as its base, because each arm is checked as a whole config.
    writer = SchemaWriter(replaced={("Study", "base"): experiment_class()})
    print_json(writer.document(stand_in(module, name), title))
    return 0
