"""The empty dictionary builds from a config and has no entries."""

from spanreg.dictionaries.base import SpanDictionary


def test_builds_from_a_config_and_has_no_entries() -> None:
    dictionary = SpanDictionary.from_params({"type": "empty"})
    assert dictionary.table().num_rows == 0
    assert dictionary.table().schema.names == ["ngram", "n", "count"]
    assert dictionary.fingerprint() == SpanDictionary.from_params("empty").fingerprint()
