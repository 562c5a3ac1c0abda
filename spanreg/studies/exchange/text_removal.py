"""Remove the texts of examples from the predictions of a run, for packs that must not contain texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from spanreg.storage import MANIFEST, manifest_with, parse_object

_KEPT: Final = ("idx", "label", "prediction", "logits")
"Keys of a prediction that are ids and numbers; token classification adds the words of the text."


def without_texts(files: Mapping[str, bytes], folder: Path, hint: str = "") -> dict[str, bytes]:
    """Return the files of a run without texts in its predictions, and with a manifest that fits them.

    Args:
        files: content of the files by their names, relative to the run's folder.
        folder: the run's folder, for errors.
        hint: how to repair or replace a damaged file.

    Raises:
        DamagedFileError: a line of the predictions is not a JSON object.
    """
    changed = {
        name: stripped
        for name, content in files.items()
        # Those of the splits, and those of evaluations by earlier versions.
        if name.endswith(".jsonl") and (stripped := _stripped(content, folder / name, hint)) != content
    }
    if changed and MANIFEST in files:
        changed[MANIFEST] = manifest_with(files[MANIFEST], changed)
    return {**files, **changed}


def _stripped(content: bytes, path: Path, hint: str) -> bytes:
    rows = [parse_object(line, path, hint) for line in content.splitlines()]
    # Most tasks have nothing to remove; their files keep their bytes.
    if all(row.keys() <= {*_KEPT} for row in rows):
        return content
    return "".join(json.dumps({key: row[key] for key in _KEPT if key in row}) + "\n" for row in rows).encode()
