"""Reading Jsonnet and JSON files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import _jsonnet

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.names import spell_value

SURROGATE = re.compile("[\ud800-\udfff]")
UNDEFINED = re.compile(r"undefined external variable: (\w+)")
POSITION = re.compile(r"(?P<file>[^\s:][^:\n]*):\(?(?P<line>\d+):(?P<column>\d+)")


def read_config(
    file: str,
    ext_vars: Mapping[str, str] | None = None,
    ext_codes: Mapping[str, str] | None = None,
    jpath: Iterable[str] = (),
) -> dict[str, Any]:
    """The object that a Jsonnet or JSON file evaluates to; relative imports go from the file's folder.

    Raises:
        ConfigurationError: the file cannot be read or evaluated, or gives no object.
    """
    path = Path(file)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "there is no such file"
        raise ConfigurationError(what, file=file, hint="give the path of a Jsonnet or JSON file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"is not UTF-8 text (byte {error.start})", file=file, hint="save it as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read ({error.strerror})", file=file, hint="check its permissions"
        ) from error
    return _evaluate(file, text, ext_vars, ext_codes, jpath)


def parse_overrides(
    overrides: str | Mapping[str, Any],
    ext_vars: Mapping[str, str] | None = None,
    ext_codes: Mapping[str, str] | None = None,
    jpath: Iterable[str] = (),
    *,
    name: str = "--overrides",
) -> dict[str, Any]:
    """Overrides as a dict: given as one, or as JSON or Jsonnet text, which errors call ``name``.

    Raises:
        ConfigurationError: the text cannot be evaluated or is no object.
    """
    if not isinstance(overrides, str):
        return dict(overrides)
    return _evaluate(name, overrides, ext_vars, ext_codes, jpath) if overrides.strip() else {}


def _evaluate(
    name: str,
    text: str,
    ext_vars: Mapping[str, str] | None,
    ext_codes: Mapping[str, str] | None,
    jpath: Iterable[str],
) -> dict[str, Any]:
    codes = dict(ext_codes or {})
    variables = {key: value for key, value in {**_environment(), **(ext_vars or {})}.items() if key not in codes}
    try:
        evaluated = _jsonnet.evaluate_snippet(name, text, ext_vars=variables, ext_codes=codes, jpathdir=list(jpath))
    except RuntimeError as error:
        raise _jsonnet_error(name, str(error)) from error
    except ValueError as error:
        # a NUL byte, or half a character pair, in the text or in a variable
        hint = "save it, and write variables, as UTF-8"
        raise ConfigurationError(f"is no text: {error}", file=name, hint=hint) from error
    value = json.loads(evaluated)
    if not isinstance(value, dict):
        raise ConfigurationError(f"gives {spell_value(value)}, not an object", file=name, hint="start it with {")
    return value


def _environment() -> dict[str, str]:
    """Environment variables that Jsonnet can hold: those that are proper Unicode."""
    return {key: value for key, value in os.environ.items() if SURROGATE.search(key + value) is None}


def _jsonnet_error(name: str, text: str) -> ConfigurationError:
    """Jsonnet's own words, with its file, line and column in front."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    head = lines[0]
    spot = next((match for line in lines if (match := POSITION.search(line))), None)
    where = f"{spot['file']}:{spot['line']}:{spot['column']}" if spot else name
    what = re.sub(r"^(RUNTIME|STATIC) ERROR:\s*", "", head)
    what = POSITION.sub("", what, count=1).lstrip("-0123456789): ") if spot and spot["file"] in what else what
    undefined = UNDEFINED.search(text)
    if undefined:
        variable = undefined[1]
        hint = f"give it with --ext-var {variable}=VALUE, or set it in the environment"
        return ConfigurationError(f"the external variable '{variable}' is not defined", file=where, hint=hint)
    kind = "evaluation fails" if head.startswith("RUNTIME") else "is no valid Jsonnet"
    return ConfigurationError(f"{kind}: {what}", file=where, hint="mend the Jsonnet")
