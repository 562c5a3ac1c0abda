"""Copy the dictionaries and files of a segmenter into the run folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, get_args

from spanreg.data.base import DatasetReader
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import write_dictionary
from spanreg.packages import resolve_path
from spanreg.registry import Attached, ConfigurationError, Params, signature_of
from spanreg.segmenters.base import Segmenter
from spanreg.storage import stored_path, whole_file

Change = Callable[[Any], Any]
"Returns what replaces the config of a dictionary, or the path of a file."

_DICTIONARIES, _FILES = "dictionaries", "files"


def save_attachments(segmenter: Mapping[str, Any], folder: Path, data: DatasetReader) -> dict[str, Any]:
    """Copy each dictionary of a segmenter's config, and each file that is marked ``Attached``, into a run folder.

    Args:
        segmenter: the config.
        folder: the run folder; the copies are ``dictionaries/0.parquet``, ``files/0.jsonl`` and so on.
        data: the reader of the task, for dictionaries that adapt to it.

    Returns:
        The config with the copies instead of the originals, by paths relative to the folder.
    """
    # Numbered, not named: two files may have one name in different folders.
    dictionaries, files = count(), count()

    def save_dictionary(config: Any) -> dict[str, Any]:
        place = f"{_DICTIONARIES}/{next(dictionaries)}.parquet"
        params = Params({"type": config} if isinstance(config, str) else dict(config))
        dictionary = SpanDictionary.from_params(params, data=data)
        write_dictionary(dictionary.table(), folder / place)
        return {"type": "file", "path": place}

    def save_file(name: str) -> str:
        original = resolve_path(name)
        # Only the suffixes, which decide how the file is read; a name could reveal where it was.
        place = f"{_FILES}/{next(files)}{''.join(ending for ending in original.suffixes if ending[1:].isalnum())}"
        with whole_file(folder / place) as temporary:
            shutil.copyfile(original, temporary)
        return place

    replaced: dict[str, Any] = _replace(segmenter, save_dictionary, save_file)
    return replaced


def located_attachments(segmenter: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the config that ``save_attachments`` returned, with the current absolute paths of the copies.

    Raises:
        ConfigurationError: an attachment is not a file that was copied into the folder.
    """

    def locate_dictionary(config: Any) -> dict[str, Any]:
        # A run folder may come from a stranger, whose config could name any component or file.
        if not isinstance(config, Mapping) or config.keys() != {"type", "path"} or config["type"] != "file":
            hint = "train the run again, or copy the whole folder again"
            raise ConfigurationError(f"a dictionary of the run in {folder} is not one of its files", hint=hint)
        return {"type": "file", "path": str(stored_path(folder, config["path"], _DICTIONARIES))}

    def locate_file(place: Any) -> str:
        return str(stored_path(folder, place, _FILES))

    replaced: dict[str, Any] = _replace(segmenter, locate_dictionary, locate_file)
    return replaced


def _replace(config: Any, dictionary: Change, file: Change) -> Any:
    """Return a segmenter's config with its attachments changed, also those of segmenters inside it."""
    if isinstance(config, Mapping):
        annotations = _annotations(config)

        def changed(key: str, value: Any) -> Any:
            annotation = annotations.get(key)
            if value is not None and _holds(annotation, lambda one: one is SpanDictionary):
                return dictionary(value)
            if value is not None and _holds(annotation, lambda one: isinstance(one, Attached)):
                return file(value)
            return _replace(value, dictionary, file)

        return {key: changed(key, value) for key, value in config.items()}
    return [_replace(value, dictionary, file) for value in config] if isinstance(config, list) else config


def _annotations(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the types of a segmenter's arguments; empty for plain options, or another kind of component."""
    try:
        segmenter, _ = Segmenter.find(config["type"])
    except (KeyError, ConfigurationError):
        return {}
    return {argument.name: argument.annotation for argument in signature_of(segmenter).arguments}


def _holds(annotation: Any, sought: Callable[[Any], bool]) -> bool:
    """Return whether a type, or one of its arguments, satisfies a condition."""
    return sought(annotation) or any(_holds(part, sought) for part in get_args(annotation))
