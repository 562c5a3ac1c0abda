"""The ``spanreg`` command: finds the command asked for, runs it, and turns mistakes into one clear text."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

import spanreg
from spanreg.cli import former_spellings
from spanreg.cli.surroundings import output_error, prepare_process, require_usable_process, system_error
from spanreg.executors.threads import exported_threads, usable_cores, waiting_environment
from spanreg.limits import limited
from spanreg.packages import missing_package
from spanreg.registry import ConfigurationError
from spanreg.text.markup import visible

MISTAKE = 2
INTERRUPTED = 130

COMMANDS: dict[str, tuple[str, str]] = {
    "train": ("train", "fine-tune the experiment of a config into a run folder"),
    "find-lr": ("find_lr", "suggest a learning rate by a sweep of a few steps"),
    "evaluate": ("evaluate", "score a finished run on a split or on a file"),
    "predict": ("predict", "label texts with a finished run"),
    "glue-submission": ("glue_submission", "average GLUE runs, and write the archive for its leaderboard"),
    "study": ("study", "plan, run and watch an ablation study"),
    "report": ("report", "tell what a study has found"),
    "verify": ("verify", "compare runs, studies, models and dictionaries with their checksums"),
    "export": ("export", "write a finished run's model as ONNX, with what its inputs need"),
    "sample-dictionary": ("sample_dictionary", "collect frequent n-grams of a corpus"),
    "dictionary": ("dictionary", "show what a dictionary holds, and where a phrase stands in it"),
    "segment": ("segment", "cut texts into spans"),
    "bench": ("bench", "measure this package against others"),
    "check": ("check", "hold configs against the components' signatures"),
    "schema": ("schema", "write the JSON Schema of configs or studies, for editors"),
    "describe": ("describe", "show what a component computes, takes and comes from"),
    "list": ("list", "show the components of every family"),
    "info": ("info", "show versions, machine and optional packages"),
    "demo": ("demo", "train with and without spans on a small task of our own"),
}
"Command to module of ``spanreg.cli.commands`` and one line of help. The module is imported when its command is called."


class _Parser(argparse.ArgumentParser):
    """Reports a wrong command line as every other mistake is reported."""

    @property
    def option_names(self) -> set[str]:
        """All options, in every spelling."""
        return {name for action in self._actions for name in action.option_strings}

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(f"{self.prog}: {message}", hint=f"See '{self.prog} --help'")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: the arguments without the program; default: those of the process.

    Returns:
        0; 2 for a user's mistake; 130 after Ctrl-C; else what the command says.
    """
    if argv is None:
        # Processes that this one starts must not find modules in the working directory.
        os.environ["PYTHONSAFEPATH"] = "1"
    given = list(sys.argv[1:] if argv is None else argv)
    prepare_process()
    code = _outcome(given)
    refused = output_error()
    if refused is None or isinstance(refused, BrokenPipeError):
        return code
    return _say(system_error(refused, "cannot write to standard output"), MISTAKE)


def _outcome(given: Sequence[str]) -> int:
    """Run the command; turn every error that its user can fix into one text."""
    # Known before parsing, so that a mistake in the arguments themselves is shown in full, too.
    traceback = "--traceback" in given
    try:
        return _run(given)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        # The reader has gone, as in ``spanreg list | head -1``.
        return 0
    except KeyboardInterrupt:
        if traceback:
            raise
        return _say("interrupted", INTERRUPTED)
    except ConfigurationError as error:
        if traceback:
            raise
        return _say(str(error), MISTAKE)
    except RecursionError:
        if traceback:
            raise
        return _say("the input is nested too deeply. give fewer levels", MISTAKE)
    except ModuleNotFoundError as error:
        if traceback or _is_ours(error):
            raise
        return _say(str(missing_package((error.name or "").partition(".")[0])), MISTAKE)
    except Exception as error:
        # ``main`` reports what standard output refused.
        if getattr(sys.stdout, "refusal", None) is not None:
            return MISTAKE
        text = None if traceback else _explanation(error)
        if text is None:
            raise
        return _say(text, MISTAKE)


def _explanation(error: Exception) -> str | None:
    """Return what a user can do about an error that no code of ours has explained; None for a fault of ours."""
    from spanreg.registry.faults import fault_of

    if fault := fault_of(error):
        return str(fault)
    return system_error(error) if isinstance(error, OSError) else None


def _run(given: Sequence[str]) -> int:
    before, name, rest = _split(given)
    parser = _outer_parser()
    if name is None:
        parser.parse_args(before)
        parser.print_help()
        return MISTAKE
    if name in former_spellings.COMMANDS:
        raise ConfigurationError(f"'{name}' is a command of AllenNLP", hint=former_spellings.COMMANDS[name])
    if name not in COMMANDS:
        raise _unknown("command", name, COMMANDS)
    module, prog = importlib.import_module(f"spanreg.cli.commands.{COMMANDS[name][0]}"), f"spanreg {name}"
    if actions := getattr(module, "ACTIONS", None):
        inner, action, rest = _split(rest)
        before += inner
        if action is None:
            parser = _listing_parser(prog, module.__doc__, "ACTION", actions)
            parser.parse_args(before)
            parser.print_help()
            return MISTAKE
        if action not in actions:
            raise _unknown("action", action, actions)
        module, prog = importlib.import_module(f"{module.__name__}.{actions[action][0]}"), f"{prog} {action}"
    command = _Parser(prog=prog, description=module.__doc__)
    module.add_arguments(command)
    _add_common(command)
    try:
        arguments = command.parse_args([*before, *rest])
    except ConfigurationError as error:
        raise former_spellings.former_options(prog, rest, command.option_names) or error from None
    arguments.argv = list(given)
    require_usable_process(given)
    _start_logging(arguments)
    # Before torch is imported, which reads it once.
    os.environ.update(waiting_environment(exported_threads() or usable_cores()))
    with limited(arguments.limit):
        code: int = module.run(arguments)
    return code


def _split(given: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """The options before the command, the command, and what follows it."""
    for position, argument in enumerate(given):
        if not argument.startswith("-"):
            return list(given[:position]), argument, list(given[position + 1 :])
    return list(given), None, []


def _outer_parser() -> _Parser:
    parser = _listing_parser("spanreg", spanreg.__doc__, "COMMAND", COMMANDS)
    parser.add_argument("--version", action="version", version=f"spanreg {spanreg.__version__}")
    return parser


def _listing_parser(prog: str, about: str | None, kind: str, members: Mapping[str, tuple[str, str]]) -> _Parser:
    """Return the parser whose help lists commands, or the actions of a command."""
    width = max(map(len, members)) + 2
    listed = "\n".join(f"  {name:<{width}}{summary}" for name, (_, summary) in members.items())
    parser = _Parser(
        prog=prog,
        usage=f"{prog} {kind} ...",
        description=f"{about}\n\n{kind.lower()}s:\n{listed}",
        epilog=f"'{prog} {kind} --help' shows the arguments of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(parser)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("-v", "--verbose", action="count", default=0, help="say more; twice: other packages, too")
    group.add_argument("-q", "--quiet", action="store_true", help="say nothing but warnings and the result")
    group.add_argument("--traceback", action="store_true", help="show where in the code an error came from")
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help="raise or lower a limit on what files may cost (docs/security.md lists them); K, M and G are units",
    )


def _start_logging(arguments: argparse.Namespace) -> None:
    from spanreg.cli.rendering.output import start_logging

    start_logging(-1 if arguments.quiet or not _is_first() else arguments.verbose)


def _unknown(kind: str, name: str, known: Iterable[str]) -> ConfigurationError:
    from spanreg.registry import suggest

    return ConfigurationError(f"there is no {kind} '{name}'", hint=suggest(name, known, f"{kind}s"))


def _is_ours(error: ModuleNotFoundError) -> bool:
    return (error.name or "").split(".")[0] == "spanreg"


def _is_first() -> bool:
    """Whether this is the only process, or the first of those that ``torchrun`` or ``accelerate launch`` started."""
    return os.environ.get("RANK", "0") == "0"


def _say(text: str, code: int) -> int:
    if _is_first():
        # Where stderr is closed or full, the exit code has to do.
        with suppress(OSError):
            print(visible(text), file=sys.stderr)
    return code
