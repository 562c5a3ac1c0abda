"""The limit of 2 GB for the text of a dictionary's entries."""

import numpy as np
import pyarrow as pa
import pytest

from spanreg.dictionaries.sampling.entries import _plain_strings
from spanreg.registry import ConfigurationError


def test_entries_of_more_than_two_gigabytes_are_refused() -> None:
    # Pages of zeros that nothing touches take no memory.
    text = pa.py_buffer(np.zeros(2**31, dtype=np.uint8))
    ngrams = pa.LargeStringArray.from_buffers(1, pa.py_buffer(np.array([0, 2**31], dtype=np.int64)), text)
    with pytest.raises(ConfigurationError) as caught:
        _plain_strings(ngrams)
    assert str(caught.value) == (
        "min_count: the 1 n-grams have more than 2 GB of text. raise min_count, or lower max_n"
    )
    assert _plain_strings(pa.array(["a b"], pa.large_string())).type == pa.string()
