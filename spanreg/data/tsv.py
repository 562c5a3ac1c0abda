"""Files of values between tabs."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("tsv")
class Tsv(FileReader):
    """Files of values between tabs, in which a quotation mark is a character like others, registered as ``tsv``.

    The first line names the columns. All values are strings, as in ``csv``. Files may be packed as ``.gz`` or
    ``.zst``.

    Example:
        data: {
          type: 'tsv',
          files: { train: 'train.tsv', validation: 'dev.tsv' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a line has another number of values than the first, or two columns that are
            read have one name; the line is named.
    """

    format: ClassVar[Format] = "tsv"
