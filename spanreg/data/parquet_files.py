"""Parquet files of anybody's layout."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader
from spanreg.registry import ConfigurationError


@DatasetReader.register("parquet")
class ParquetFiles(FileReader):
    """Parquet files, one for each split, registered as ``parquet``.

    Columns that the config does not name may hold anything. For the parameters, see ``FileReader``.

    Raises:
        ConfigurationError: at reading: a file is damaged or not Parquet.
    """

    def read_file(self, path: Path) -> pa.Table:
        try:
            with pq.ParquetFile(path) as file:
                there = file.schema_arrow.names
                table = file.read(columns=[name for name in self.wanted if name in there])
                # The others by their names alone, so that an error can tell what there is.
                for name in (name for name in there if name not in self.wanted):
                    table = table.append_column(name, pa.nulls(file.metadata.num_rows))
                return table
        except (pa.ArrowException, OSError) as error:
            problem = f"cannot read {path}: {str(error).splitlines()[0]}"
            hint = "replace the file: it is damaged or not Parquet"
            raise ConfigurationError(problem, path="files", hint=hint) from error
