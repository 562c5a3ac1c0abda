"""Parquet files of anybody's layout."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("parquet")
class ParquetFiles(FileReader):
    """Parquet files, one for each split, registered as ``parquet``.

    Columns that the config does not name may hold anything. Label words that ``datasets`` wrote into a file are the
    meaning of its label ids.

    Example:
        data: {
          type: 'parquet',
          files: { train: 'train.parquet', validation: 'dev.parquet' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a file is damaged or not Parquet, or two columns that are read have one name.
    """

    format: ClassVar[Format] = "parquet"
