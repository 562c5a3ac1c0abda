"""Dictionaries and files that a segmenter brings along, copied into the run folder."""

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

_DICTIONARIES, _FILES = "dictionaries", "files"


def save_attachments(segmenter: Mapping[str, Any], folder: Path, data: DatasetReader) -> dict[str, Any]:
    """Copies each dictionary of a segmenter's config, and each file of it that is marked so, into a run folder.

    Args:
        segmenter: the config.
        folder: the run folder; the copies are ``dictionaries/0.parquet``, ``files/0.jsonl`` and so on.
        data: the task, for dictionaries that adapt to it.

    Returns:
        The config with the copies in the places of the originals, by paths relative to the folder.
    """
    dictionaries, files = count(), count()

    def save_dictionary(config: Any) -> dict[str, Any]:
        place = f"{_DICTIONARIES}/{next(dictionaries)}.parquet"
        params = Params({"type": config} if isinstance(config, str) else dict(config))
        dictionary = SpanDictionary.from_params(params, data=data)
        write_dictionary(dictionary.table(), folder / place)
        return {"type": "file", "path": place}

    def save_file(name: str) -> str:
        original = resolve_path(name)
        # the endings alone, which say how to read it
        place = f"{_FILES}/{next(files)}{''.join(ending for ending in original.suffixes if ending[1:].isalnum())}"
        with whole_file(folder / place) as temporary:
            shutil.copyfile(original, temporary)
        return place

    replaced: dict[str, Any] = _replace(segmenter, save_dictionary, save_file)
    return replaced


def located_attachments(segmenter: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the config that ``save_attachments`` gave, with absolute paths of the folder's present place.

    Raises:
        ConfigurationError: an attachment is something else than a file that was copied into the folder.
    """

    def locate_dictionary(config: Any) -> dict[str, Any]:
        if not isinstance(config, Mapping) or config.keys() != {"type", "path"} or config["type"] != "file":
            hint = "train the run again, or copy the whole folder once more"
            raise ConfigurationError(f"a dictionary of the run in {folder} is not a file of it", hint=hint)
        return {"type": "file", "path": str(stored_path(folder, config["path"], _DICTIONARIES))}

    def locate_file(place: Any) -> str:
        return str(stored_path(folder, place, _FILES))

    replaced: dict[str, Any] = _replace(segmenter, locate_dictionary, locate_file)
    return replaced


def _replace(config: Any, dictionary: Change, file: Change) -> Any:
    """A segmenter's config whose attachments, however deep in other segmenters, have been changed."""
    if isinstance(config, Mapping):
        annotations = _annotations(config)

        def changed(key: str, value: Any) -> Any:
            annotation = annotations.get(key)
            if value is not None and _holds(annotation, _is_dictionary):
                return dictionary(value)
            if value is not None and _holds(annotation, _is_attached):
                return file(value)
            return _replace(value, dictionary, file)

        return {key: changed(key, value) for key, value in config.items()}
    return [_replace(value, dictionary, file) for value in config] if isinstance(config, list) else config


def _annotations(config: Mapping[str, Any]) -> dict[str, Any]:
    """The types of a segmenter's arguments; none for plain options, or another kind of component."""
    try:
        segmenter, _ = Segmenter.find(config["type"])
    except (KeyError, ConfigurationError):
        return {}
    return {argument.name: argument.annotation for argument in signature_of(segmenter).arguments}


def _holds(annotation: Any, sought: Callable[[Any], bool]) -> bool:
    """Whether a type, or one that it is made of, is what is sought."""
    return sought(annotation) or any(_holds(part, sought) for part in get_args(annotation))


def _is_dictionary(annotation: Any) -> bool:
    return annotation is SpanDictionary


def _is_attached(annotation: Any) -> bool:
    return isinstance(annotation, Attached)
