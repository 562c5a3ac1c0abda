"""Check that the card of a data set names no data outside of it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, Final

from spanreg.registry import ConfigurationError
from spanreg.text.reasons import reason_of

_CARD: Final = "README.md"
_STANDALONE: Final = ".huggingface.yaml"
"File whose entries replace those of the card; hardly any data set has it."
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|.*::", re.DOTALL)
"Beginning of a URL, or of a chain of URLs."
_LARGEST: Final = 16 << 20
"Largest card, in bytes; the largest on the hub have a few megabytes."
_MOST_VALUES: Final = 1_000_000
"Values of a card, each counted as often as an alias of YAML repeats it."
_OWN_SCHEME: Final = "hf://"
"Beginning of the data files of a data set on the hub."


def require_card_inside(folder: Path) -> None:
    """Raise an error if the card of a local folder names data that is not in the folder; nothing is searched or read.

    ``require_card_inside(Path("my_data"))``

    Security: ``datasets`` would read any file or URL that the card of a stranger's folder names.

    Args:
        folder: the folder of a data set.

    Raises:
        ConfigurationError: a path is absolute, leads out of the folder or is a URL; or the card cannot be read, or is
            too large.
    """
    if (folder / _STANDALONE).exists():
        raise ConfigurationError(
            f"{folder / _STANDALONE} may name data outside of the folder, which is not checked",
            path="path",
            hint=f"move its entries into {_CARD}",
        )
    configs = _card_of(folder / _CARD).get("configs")
    entries = [entry for entry in configs if isinstance(entry, Mapping)] if isinstance(configs, list) else []
    named = (_strings([entry.get("data_files"), entry.get("data_dir")]) for entry in entries)
    for place in (text for texts in named for text in texts):
        if _leads_out(place):
            raise ConfigurationError(
                f"the card {folder / _CARD} names data outside of the folder: {place!r}",
                path="path",
                hint="copy the data into the folder, and name it by a relative path",
            )


def require_files_inside(data_set: str, files: Iterable[str]) -> None:
    """Raise an error if data files that ``datasets`` found for a data set do not belong to it.

    ``require_files_inside("user/data", ["hf://datasets/user/data@main/train.csv"])``

    Security: the card of a data set on the hub may name files of this machine.

    Args:
        data_set: a local folder, or the name of a data set on the hub.
        files: paths, or URLs of the hub.

    Raises:
        ConfigurationError: a file is outside of the folder, or not on the hub.
    """
    folder = os.path.abspath(data_set)
    is_local = os.path.isdir(folder)
    for file in files:
        # Links are followed: a folder of one's own often has links to large files elsewhere.
        inside = PurePath(os.path.abspath(file)).is_relative_to(folder) if is_local else file.startswith(_OWN_SCHEME)
        if not inside:
            raise ConfigurationError(
                f"the card of {data_set} names data outside of it: {file!r}",
                path="path",
                hint="download the data set, and correct its README.md",
            )


def _card_of(file: Path) -> Mapping[str, Any]:
    """Return the metadata of a card, parsed as ``datasets`` does; nothing without a card."""
    from huggingface_hub import DatasetCard

    if not file.is_file():
        return {}
    if file.stat().st_size > _LARGEST:
        raise _too_large(file, f"{_LARGEST >> 20} MB")
    try:
        card: Mapping[str, Any] = DatasetCard.load(file).data.to_dict()
    # The YAML parser has errors of its own.
    except Exception as error:
        hint = "correct the YAML at its beginning"
        raise ConfigurationError(f"{file} cannot be read: {reason_of(error)}", path="path", hint=hint) from error
    _require_bounded(card, file)
    return card


def _require_bounded(card: Mapping[str, Any], file: Path) -> None:
    """Raise an error if a card has too many values.

    Security: a few lists of aliases for one another have billions of values, all of which ``datasets`` would visit.
    """
    waiting: list[Any] = [card]
    left = _MOST_VALUES
    while waiting:
        value = waiting.pop()
        inner: Collection[Any] = ()
        if isinstance(value, Mapping):
            inner = value.values()
        elif isinstance(value, list):
            inner = value
        left -= len(inner)
        if left < 0:
            raise _too_large(file, f"{_MOST_VALUES:,} values")
        waiting.extend(inner)


def _too_large(file: Path, most: str) -> ConfigurationError:
    problem = f"the card {file} has more than {most}"
    return ConfigurationError(problem, path="path", hint="remove what the data do not need from its beginning")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _leads_out(place: str) -> bool:
    """Return whether a path or pattern may lead out of the folder that it is relative to."""
    # A backslash separates folders on Windows.
    path = place.replace("\\", "/")
    return path.startswith(("/", "~")) or ".." in path.split("/") or bool(_SCHEME.match(path))
