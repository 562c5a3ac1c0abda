"""Files of values between commas."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("csv")
class Csv(FileReader):
    """Files of values between commas, with quotation marks where needed, registered as ``csv``.

    The first line names the columns. All values are strings: a number stands for a label's id only where no label word
    is a number, and an empty value is a missing one. Files may be packed as ``.gz`` or ``.zst``.

    Example:
        data: {
          type: 'csv',
          files: { train: 'train.csv', validation: 'dev.csv' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a line has another number of values than the first, or two columns that are
            read have one name; the line is named.
    """

    format: ClassVar[Format] = "csv"
