"""Check names of files and folders that come from configs, data and saved files, possibly of a stranger."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from spanreg.registry import ConfigurationError

MOST_BYTES: Final = 150
"Longest new name in UTF-8: of the 255 bytes of ``_LIMIT``, the rest is for suffixes and names of temporary files."
_LIMIT: Final = 255
"Longest name that file systems allow, in bytes."

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\ud800-\udfff]')
"Separators, control characters, halves of surrogate pairs, and characters that Windows forbids."
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
"Names that Windows opens as devices in every folder, with any suffix."


def require_file_name(name: Any, noun: str, path: str = "") -> str:
    """Return a name if it can be the name of a file or folder on Linux, macOS and Windows.

    It must be a string of 1 to ``MOST_BYTES`` bytes without slashes, backslashes, control characters, halves of
    surrogate pairs or one of ``<>:"|?*``; it must not begin or end with a dot or a space, nor be a device of Windows
    such as ``con`` or ``nul.txt``. Letters of all scripts are allowed.

    Args:
        name: the name.
        noun: what the name is one of, for the message, such as ``split``.
        path: key path of the name in a config.

    Raises:
        ConfigurationError: it cannot be the name of a file or folder.
    """
    if fault := name_fault(name, MOST_BYTES):
        shown = repr(name) if len(repr(name)) <= MOST_BYTES else f"{repr(name)[:MOST_BYTES]}..."
        hint = f"give the {noun} a plain name: letters, digits, '_', '-' and '.' inside"
        raise ConfigurationError(f"the {noun} {shown} cannot be a file name: {fault}", path=path, hint=hint)
    return str(name)


def name_fault(name: Any, most: int = _LIMIT) -> str:
    """Return why a value cannot be the name of a file or folder, or an empty string if it can.

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


def as_file_name(text: str, most: int = MOST_BYTES, default: str = "unnamed") -> str:
    """Return a name for a file or folder that resembles a text.

    Args:
        text: the text.
        most: longest name, in bytes.
        default: name for a text without usable characters.
    """
    plain = re.sub(r"[^\w.=-]+", "-", text.encode(errors="ignore").decode()).strip("-.")
    # The limit counts bytes, so the cut may halve a character; decoding then drops what is left of it.
    return plain.encode()[:most].decode(errors="ignore") or default


def stored_path(folder: Path, place: Any, *parents: str) -> Path:
    """Return the absolute path of a file that a saved file refers to by a path below their common folder.

    Security: ``~`` and ``pkg:`` are not expanded, and the result is absolute, so that no later function expands them.

    Args:
        folder: the folder.
        place: ``parent/name``, with ``/`` on every system.
        parents: allowed parents.

    Raises:
        ConfigurationError: the parent is not allowed, or the name cannot be that of a file.
    """
    parent, _, name = str(place).rpartition("/")
    if not isinstance(place, str) or parent not in parents or name_fault(name):
        shown = " or ".join(f"{parent}/NAME" for parent in parents)
        raise ConfigurationError(f"{place!r} is not a place inside {folder}", hint=f"only {shown} is")
    return folder.absolute() / parent / name


def require_text_path(path: Path) -> None:
    """Raise an error for a path that is not UTF-8, which tokenizers, safetensors and Arrow cannot open.

    Raises:
        ConfigurationError: the path, or the working directory that it is relative to, is not UTF-8.
    """
    name = str(path.absolute())
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        raise ConfigurationError(f"the path {shown} is not UTF-8", hint="name another folder") from None
