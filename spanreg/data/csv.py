"""Reader of comma-separated values."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.file_reader import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("csv")
class CsvReader(FileReader):
    """Files of comma-separated values, with quotation marks where needed, registered as ``csv``.

    The first line names the columns. All values are strings: a number is read as a label id only where no label word is
    a number, and an empty value is a missing one. Files may be compressed as ``.gz`` or ``.zst``.

    Example:
        data: {
          type: 'csv',
          files: { train: 'train.csv', validation: 'dev.csv' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a line has another number of values than the first, or two columns that are read
            have the same name; the error names the line.
    """

    format: ClassVar[Format] = "csv"
