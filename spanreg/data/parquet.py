"""Reader of Parquet files."""

from __future__ import annotations

from typing import ClassVar

from spanreg.data.base import DatasetReader
from spanreg.data.file_reader import FileReader
from spanreg.data.sources.formats import Format


@DatasetReader.register("parquet")
class ParquetReader(FileReader):
    """Parquet files, one for each split, registered as ``parquet``.

    Columns that the config does not name may have any values. Where ``datasets`` wrote label words into a file, they
    are the meaning of its label ids.

    Example:
        data: {
          type: 'parquet',
          files: { train: 'train.parquet', validation: 'dev.parquet' },
          text: 'sentence',
          label: 'label',
          labels: ['no', 'yes'],
        }

    Raises:
        ConfigurationError: at reading: a file is damaged or not Parquet, or two columns that are read have the same
            name.
    """

    format: ClassVar[Format] = "parquet"
