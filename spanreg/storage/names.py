"""Names of files and folders that come from configs, data and saved files, any of which may come from a stranger."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from spanreg.registry import ConfigurationError

MOST_BYTES: Final = 150
"Longest new name in UTF-8, of which endings and the names of temporary files leave something."
_LIMIT: Final = 255
"Longest name that file systems allow."

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\ud800-\udfff]')
"Separators, control characters, halves of character pairs, and what Windows forbids."
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
"Names that Windows opens as devices in every folder, whatever ending follows them."


def path_component(name: Any, what: str, path: str = "") -> str:
    """Return a name that is to become the name of one file or folder.

    It is refused unless it names something in the very folder that it is joined to, on Linux, macOS and Windows alike:
    a string of 1 to ``MOST_BYTES`` bytes without slashes, backslashes, control characters, halves of character pairs or
    one of ``<>:"|?*``; that does not begin with a dot or a space, does not end with one, and is not a device of Windows
    such as ``con`` or ``nul.txt``. Letters of all scripts are fine.

    Args:
        name: the name.
        what: what it is the name of, for the error text, such as ``split``.
        path: key path of a config that gives it.

    Raises:
        ConfigurationError: it cannot be the name of one file or folder.
    """
    if fault := name_fault(name, MOST_BYTES):
        shown = repr(name) if len(repr(name)) <= MOST_BYTES else f"{repr(name)[:MOST_BYTES]}..."
        hint = f"give the {what} a plain name: letters, digits, '_', '-' and '.' inside"
        raise ConfigurationError(f"the {what} {shown} cannot be a file name: {fault}", path=path, hint=hint)
    return str(name)


def name_fault(name: Any, most: int = _LIMIT) -> str:
    """Return why something cannot be the name of one file or folder; an empty string if it can.

    Args:
        name: the name.
        most: longest name, in bytes.
    """
    if not isinstance(name, str):
        return "it is not a string"
    if not name:
        return "it is empty"
    if found := _FORBIDDEN.search(name):
        return f"it has {found[0]!r} in it"
    if name[0] in ". " or name[-1] in ". ":
        return "it begins or ends with a dot or a space"
    if len(name.encode()) > most:
        return f"it has more than {most} bytes"
    return "it is the name of a device" if _DEVICE.fullmatch(name) else ""


def as_component(text: str, most: int = MOST_BYTES, default: str = "unnamed") -> str:
    """Return the beginning of a name for a file or folder, by which people recognise a free text.

    Args:
        text: the text.
        most: longest name, in bytes.
        default: what a text is called that has no character to keep.
    """
    plain = re.sub(r"[^\w.=-]+", "-", text.encode(errors="ignore").decode()).strip("-.")
    return plain.encode()[:most].decode(errors="ignore") or default


def stored_path(folder: Path, place: Any, *parents: str) -> Path:
    """Return the place of a file that a saved file names by its path below the folder that both lie in.

    Nothing in it is expanded, and the result is absolute, so that nothing that it is handed to expands it either.

    Args:
        folder: the folder.
        place: ``parent/name``, with ``/`` on every system.
        parents: folders that it may lie in, directly.

    Raises:
        ConfigurationError: it lies elsewhere.
    """
    parent, _, name = str(place).rpartition("/")
    if not isinstance(place, str) or parent not in parents or name_fault(name):
        shown = " or ".join(f"{parent}/NAME" for parent in parents)
        raise ConfigurationError(f"{place!r} is not a place inside {folder}", hint=f"only {shown} is")
    return folder.absolute() / parent / name
