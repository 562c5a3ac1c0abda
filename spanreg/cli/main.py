"""The ``spanreg`` command: run a command, and report its errors as one message on stderr."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import spanreg
from spanreg.cli import former_spellings
from spanreg.cli.options.command_parser import CommandParser, add_common, parser_of
from spanreg.cli.surroundings import output_error, prepare_process, require_usable_process, system_error
from spanreg.executors.threads import exported_threads, usable_cores, waiting_environment
from spanreg.limits import limited
from spanreg.packages import missing_package
from spanreg.registry import ConfigurationError, suggest
from spanreg.registry.config.evaluation.process import children_ready
from spanreg.text.markup import visible

MISTAKE = 2
"Exit code of a user's mistake, as that of argparse."

INTERRUPTED = 130
"Exit code after Ctrl-C: 128 and the number of SIGINT, as in shells."

COMMANDS: dict[str, tuple[str, str]] = {
    "train": ("train", "fine-tune a model by a config into a run folder"),
    "find-lr": ("find_lr", "suggest a learning rate by a short sweep"),
    "evaluate": ("evaluate", "score a finished run on a split or on a file"),
    "predict": ("predict", "predict labels of texts with a finished run"),
    "glue-submission": ("glue_submission", "average GLUE runs and write the archive for the leaderboard"),
    "study": ("study", "plan, run and analyse an ablation study"),
    "report": ("report", "report the results of a study"),
    "verify": ("verify", "verify the checksums of runs, studies, models and dictionaries"),
    "push": ("models.push", "upload the model of a finished run to the hub"),
    "export": ("models.export", "export the model of a finished run to ONNX or transformers"),
    "sample-dictionary": ("sample_dictionary", "sample a dictionary of frequent n-grams from a corpus"),
    "dictionary": ("dictionary", "show the entries of a dictionary and the ranks of a phrase"),
    "segment": ("segment", "segment texts into spans"),
    "bench": ("bench", "measure the speed of this package against others"),
    "new": ("new", "write a new config, study, component or plug-in"),
    "check": ("check", "check configs and studies without running them"),
    "diff": ("diff", "compare two configs, runs or studies by component, and by their metrics"),
    "explain": ("explain", "show every key of a config: value, type, meaning, and where the value comes from"),
    "lsp": ("editing.lsp", "run the language server for editors"),
    "completion": ("editing.completion", "print the completion script of bash, zsh or fish"),
    "schema": ("editing.schema", "write the JSON Schema of configs or studies, for editors"),
    "describe": ("describe", "show what a component computes, its parameters and its source"),
    "list": ("list", "list the components of every family"),
    "info": ("info", "show versions, machine and optional packages"),
    "demo": ("demo", "run a small ablation study that needs no download"),
}
"Commands, each with its module in ``spanreg.cli.commands``, which is imported when it is called, and a line of help."


# ``explain`` evaluates its file twice: for the values, and instrumented for their origins.
EVALUATIONS: Final = {"check": 1, "diff": 2, "explain": 2}
"Jsonnet files that a command evaluates at the same time; their processes start before its module is imported."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    ``main(["train", "configs/tiny.jsonnet", "-s", "run"])``

    Args:
        argv: arguments without the program; default: those of the process.

    Returns:
        0 for success, 2 for a user's mistake, 130 after Ctrl-C, or another code of the command.
    """
    if argv is None:
        # Security: child processes must not import modules from the working directory.
        os.environ["PYTHONSAFEPATH"] = "1"
    given = list(sys.argv[1:] if argv is None else argv)
    prepare_process()
    code = _outcome(given)
    failure = output_error()
    # A reader that stops early, as in ``spanreg list | head -1``, is not an error.
    if failure is None or isinstance(failure, BrokenPipeError):
        return code
    return _report(system_error(failure, "cannot write to standard output"), MISTAKE)


def _outcome(argv: Sequence[str]) -> int:
    """Run the command, and report every error that its user can fix as one message."""
    # Read before parsing, so that it also works for mistakes in the arguments themselves.
    traceback = "--traceback" in argv
    try:
        return _run(argv)
    except SystemExit as ended:
        # From --help and --version of argparse, and from the handler of SIGTERM of ``train``.
        return ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        if traceback:
            raise
        return _report("interrupted", INTERRUPTED)
    except ConfigurationError as error:
        if traceback:
            raise
        return _report(str(error), MISTAKE)
    except RecursionError:
        if traceback:
            raise
        return _report("the input is nested too deeply. give fewer levels", MISTAKE)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        # A missing module of our own is a bug, which no installation fixes.
        if traceback or missing == "spanreg":
            raise
        return _report(str(missing_package(missing)), MISTAKE)
    except Exception as error:
        # ``main`` reports that standard output cannot be written.
        if getattr(sys.stdout, "failure", None) is not None:
            return MISTAKE
        text = None if traceback else _explanation(error)
        if text is None:
            raise
        return _report(text, MISTAKE)


def _explanation(error: Exception) -> str | None:
    """Return a message for an unexpected error that the user can fix, or None for a bug of this package."""
    from spanreg.registry.faults import fault_of

    if fault := fault_of(error):
        return str(fault)
    return system_error(error) if isinstance(error, OSError) else None


def _run(argv: Sequence[str]) -> int:
    """Run the command that a command line names, or print the help if it names none."""
    # Subparsers of argparse would need the arguments of every command, and so import the module of each.
    before, name, rest = _split(argv)
    if name is None:
        parser = _listing_parser("spanreg", spanreg.__doc__, "COMMAND", COMMANDS)
        parser.add_argument("--version", action="version", version=f"spanreg {spanreg.__version__}")
        return _print_help(parser, before)
    if name in former_spellings.COMMANDS:
        raise ConfigurationError(f"'{name}' is a command of AllenNLP", hint=former_spellings.COMMANDS[name])
    if name not in COMMANDS:
        raise _unknown("command", name, COMMANDS)
    # --help evaluates no config, so it needs no processes for that.
    with children_ready(0 if {"-h", "--help"} & {*rest} else EVALUATIONS.get(name, 0)):
        return _run_command(argv, before, name, rest)


def _run_command(argv: Sequence[str], before: list[str], name: str, rest: list[str]) -> int:
    """Run a command of ``COMMANDS``.

    Args:
        argv: the whole command line.
        before: the options before the command.
        name: the command.
        rest: its arguments.
    """
    module, prog = importlib.import_module(f"spanreg.cli.commands.{COMMANDS[name][0]}"), f"spanreg {name}"
    # Only packages of commands, such as ``study``, have actions.
    if actions := getattr(module, "ACTIONS", None):
        inner, action, rest = _split(rest)
        before += inner
        if action is None:
            return _print_help(_listing_parser(prog, module.__doc__, "ACTION", actions), before)
        if action not in actions:
            raise _unknown("action", action, actions)
        module, prog = importlib.import_module(f"{module.__name__}.{actions[action][0]}"), f"{prog} {action}"
    command = parser_of(module, prog)
    try:
        arguments = command.parse_args([*before, *rest])
    except ConfigurationError as error:
        raise former_spellings.former_options(prog, rest, command.option_names) or error from None
    # Runs record how they were started; ``completion`` completes the names of commands.
    arguments.argv, arguments.commands = list(argv), COMMANDS
    # After parsing, so that --help works in a removed working directory as well.
    require_usable_process(argv)
    # Imported late: --help does not need it.
    from spanreg.cli.rendering.output import start_logging

    # The other processes of a distributed training would repeat each message of the first.
    start_logging(-1 if arguments.quiet or not _is_first() else arguments.verbose)
    # Set before torch is imported, which reads the variable only once.
    os.environ.update(waiting_environment(exported_threads() or usable_cores()))
    with limited(arguments.limit):
        code: int = module.run(arguments)
    return code


def _split(argv: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """Split arguments into the options before the command, the command or None, and the rest.

    An option with a value must be one argument there, as in ``--limit=line=1M``: which options take values is only
    known when the module of the command is imported.
    """
    for position, argument in enumerate(argv):
        if not argument.startswith("-"):
            return list(argv[:position]), argument, list(argv[position + 1 :])
    return list(argv), None, []


def _print_help(parser: CommandParser, options: Sequence[str]) -> int:
    """Print the help of a parser, unless its options have a mistake or ask for something else."""
    parser.parse_args(options)
    parser.print_help()
    # Not 0, as for --help: the command is missing, and a script must not continue.
    return MISTAKE


def _listing_parser(prog: str, about: str | None, kind: str, members: Mapping[str, tuple[str, str]]) -> CommandParser:
    """Return a parser whose help lists commands, or the actions of a command."""
    width = max(map(len, members)) + 2
    listed = "\n".join(f"  {name:<{width}}{summary}" for name, (_, summary) in members.items())
    parser = CommandParser(
        prog=prog,
        usage=f"{prog} {kind} ...",
        description=f"{about}\n\n{kind.lower()}s:\n{listed}",
        epilog=f"'{prog} {kind} --help' shows the arguments of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_common(parser)
    return parser


def _unknown(kind: str, name: str, known: Iterable[str]) -> ConfigurationError:
    return ConfigurationError(f"there is no {kind} '{name}'", hint=suggest(name, known, f"{kind}s"))


def _is_first() -> bool:
    """Return whether this is the only process, or the first process of a distributed training."""
    # As ``is_main_process``, but without importing the package of training for every command.
    return os.environ.get("RANK", "0") == "0"


def _report(text: str, code: int) -> int:
    """Print a message on stderr, and return the exit code."""
    if _is_first():
        # If stderr is closed or full, only the exit code can report the error.
        with suppress(OSError):
            # Escaped, because a message may quote a file whose control characters would act on the terminal.
            print(visible(text), file=sys.stderr)
    return code
