"""Search names by regular expressions of a config, within a time limit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from spanreg.registry import ConfigurationError

SECONDS: Final = 10
"Longest time of a search, in seconds; one of a million names takes one."
_SCRIPT: Final = """
import json, re, sys
pattern, names, method = json.load(sys.stdin)
json.dump([place for place, name in enumerate(names) if getattr(re, method)(pattern, name)], sys.stdout)
"""
_SIMPLER: Final = "write it without repetitions inside of repetitions"
_FEW: Final = 3
"Repetitions that a search may have, if none is in a group: it then takes at most the fourth power of a name's length."


def matching_names(pattern: str, names: Sequence[str], path: str, *, whole: bool = False) -> list[str]:
    """Return the names in which a regular expression is found.

    ``matching_names("layer[.][0-5]", names, "freeze")``

    Security: the expression may be a stranger's, and a search for some, such as ``(.|.)*!``, takes years.

    Args:
        pattern: the expression.
        names: the names.
        path: key of the config, for errors.
        whole: whether the expression must match the whole name.

    Raises:
        ConfigurationError: it is not a regular expression, or the search takes too long.
    """
    method = "fullmatch" if whole else "search"
    try:
        matches = getattr(re.compile(pattern), method)
    # Numbers that are too large, and groups that are nested too deeply, raise errors of their own.
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigurationError(
            f"'{pattern[:200]}' is not a regular expression ({error})", path=path, hint="escape its special characters"
        ) from error
    if "(" not in pattern and sum(map(pattern.count, "*+?{")) <= _FEW:
        return [name for name in names if matches(name)]
    # The interpreter's lock is held during a search, so that only another process can be stopped.
    try:
        answer = subprocess.run(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _SCRIPT],
            input=json.dumps([pattern, list(names), method]),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=True,
        ).stdout
    except subprocess.TimeoutExpired:
        raise ConfigurationError(
            f"'{pattern[:200]}' takes more than {SECONDS} s to search {len(names):,} names",
            path=path,
            hint=_SIMPLER,
        ) from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[-1:] or [f"exit code {error.returncode}"]
        raise ConfigurationError(
            f"the search for '{pattern[:200]}' failed ({reason[0]})", path=path, hint=_SIMPLER
        ) from error
    return [names[place] for place in json.loads(answer)]
