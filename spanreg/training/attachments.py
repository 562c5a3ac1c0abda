"""Dictionaries and files that a segmenter brings along, copied into the run folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, get_args

from spanreg.data.base import DatasetReader
from spanreg.dictionaries.artefact import write_dictionary
from spanreg.dictionaries.base import SpanDictionary
from spanreg.packages import resolve_path
from spanreg.registry import Attached, ConfigurationError, Params, signature_of
from spanreg.segmenters.base import Segmenter
from spanreg.storage import whole_file

Change = Callable[[Any], Any]


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
        place = f"dictionaries/{next(dictionaries)}.parquet"
        params = Params({"type": config} if isinstance(config, str) else dict(config))
        dictionary = SpanDictionary.from_params(params, data=data)
        write_dictionary(dictionary.table(), folder / place)
        return {"type": "file", "path": place}

    def save_file(name: str) -> str:
        original = resolve_path(name)
        place = f"files/{next(files)}{''.join(original.suffixes)}"
        with whole_file(folder / place) as temporary:
            shutil.copyfile(original, temporary)
        return place

    replaced: dict[str, Any] = _replace(segmenter, save_dictionary, save_file)
    return replaced


def located_attachments(segmenter: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The config that ``save_attachments`` gave, with the paths of the folder's present place."""

    def locate(place: str) -> str:
        return str(folder / place)

    replaced: dict[str, Any] = _replace(segmenter, lambda file: {**file, "path": locate(file["path"])}, locate)
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
