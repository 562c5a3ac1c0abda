"""Reader of tab-separated values."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.file_reader import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("tsv")
class TsvReader(FileReader):
    """Files of tab-separated values, in which a quotation mark has no special meaning, registered as ``tsv``.

    The first line names the columns. All values are strings, as in ``csv``. Files may be compressed as ``.gz`` or
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
        ConfigurationError: as ``csv``.
    """

    format: ClassVar[Format] = "tsv"
