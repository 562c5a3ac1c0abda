"""Upload the model of a finished run to the hub, with tokenizer, dictionary, segmenter and model card."""

from __future__ import annotations

import argparse
from pathlib import Path

from spanreg.cli.rendering.output import print_json, print_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run, or its model/")
    parser.add_argument("repo", metavar="REPO", help="repository on the hub: USER/MODEL; it is made if it is missing")
    parser.add_argument("--private", action="store_true", help="make a new repository private")
    parser.add_argument("-m", "--message", default="", metavar="TEXT", help="message of the commit")
    parser.add_argument("--json", action="store_true", help='print {"url": ...}')


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.integrations.hub import push_model

    # No model is loaded: the files of the run are uploaded as they are.
    url = push_model(arguments.run, arguments.repo, private=arguments.private, message=arguments.message)
    if arguments.json:
        print_json({"url": url})
    else:
        print_line(f"the model is at {url}; load it by spanreg.load('{arguments.repo}')")
    return 0
