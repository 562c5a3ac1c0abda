"""Lines of JSON."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("jsonl")
class Jsonl(FileReader):
    """Files with one JSON object a line, registered as ``jsonl``.

    Keys of the objects are the columns; those that the config does not name may hold anything. Blank lines are
    skipped. Files may be packed as ``.gz`` or ``.zst``.

    Example:
        data: {
          type: 'jsonl',
          files: { train: 'train.jsonl', validation: 'dev.jsonl' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a line is not a JSON object, or has one key twice; its number is named.
    """

    format: ClassVar[Format] = "jsonl"
