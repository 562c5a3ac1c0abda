"""Reader of JSON lines."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.file_reader import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("jsonl")
class JsonlReader(FileReader):
    """Files with one JSON object on each line, registered as ``jsonl``.

    The keys of the objects are the columns; those that the config does not name may have any values. Blank lines are
    skipped. Files may be compressed as ``.gz`` or ``.zst``.

    Example:
        data: {
          type: 'jsonl',
          files: { train: 'train.jsonl', validation: 'dev.jsonl' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a line is not a JSON object, or has a key twice; the error names the line.
    """

    format: ClassVar[Format] = "jsonl"
