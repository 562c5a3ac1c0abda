"""Hints for commands and options of AllenNLP that have other names here."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from spanreg.registry import ConfigurationError, Problem

COMMANDS: Mapping[str, str] = {
    "build-vocab": "the encoder's tokenizer has a vocabulary; 'spanreg sample-dictionary' samples n-grams",
    "print-results": "use 'spanreg report DIR' for a study; the scores of a run are in its metrics.json",
    "test-install": "use 'spanreg info'",
}
OPTIONS: Mapping[str, str] = {
    "--cuda-device": "set CUDA_VISIBLE_DEVICES",
    "--dry-run": "use 'spanreg check CONFIG', which builds nothing",
    "--end-lr": "use --end",
    "--file-friendly-logging": "leave it out: a progress bar is drawn on a terminal only",
    "--num-batches": "use --steps",
    "--output-file": "results go to standard output: add > FILE",
    "--predictions-output-file": "use --predictions",
    "--recover": "repeat the command: it resumes the run (--resume is the default)",
    "--serialization-dir": "use -s or --run",
    "--silent": "use -q or --quiet",
    "--start-lr": "use --start",
}


# --overrides, --include-package and -s are not listed: they have the same names here.


def former_options(prog: str, given: Sequence[str], known: Container[str]) -> ConfigurationError | None:
    """Return an error with the replacement of each option of AllenNLP that a command does not have, or None."""
    names = dict.fromkeys(argument.partition("=")[0] for argument in given)
    problems = [
        Problem(f"'{name}' is an option of AllenNLP", prog, OPTIONS[name])
        for name in names
        if name in OPTIONS and name not in known
    ]
    return ConfigurationError(problems) if problems else None
