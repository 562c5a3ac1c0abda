"""Files of values between tabs."""

from __future__ import annotations

from spanreg.data.base import DatasetReader
from spanreg.data.csv import DelimitedReader


@DatasetReader.register("tsv")
class Tsv(DelimitedReader):
    """Files of values between tabs, in which a quotation mark is a character like others, registered as ``tsv``.

    The first line names the columns. For the parameters, see ``FileReader``.

    Raises:
        ConfigurationError: at reading: a line has another number of values than the first, named with its number.
    """

    delimiter = "\t"
    quoted = False
