"""Files and folders that appear whole or not at all, checksums, locks, the cache folder, and content hashes."""

from spanreg.storage.cache import cache_folder
from spanreg.storage.errors import NotWritableError, clear_full_disk
from spanreg.storage.files import (
    leftovers,
    make_folder,
    remove_folder,
    remove_leftovers,
    spell_json,
    whole_file,
    whole_folder,
    write_json,
    write_text,
)
from spanreg.storage.hashes import PACKAGE, hash_file, hash_file_again, hash_json, hash_sources
from spanreg.storage.locks import is_locked, locked
from spanreg.storage.reading import (
    DamagedFileError,
    damaged,
    parse_json,
    parse_object,
    read_bytes,
    read_object,
    read_sealed,
    unsealed,
    write_sealed,
)

__all__ = [
    "PACKAGE",
    "DamagedFileError",
    "NotWritableError",
    "cache_folder",
    "clear_full_disk",
    "damaged",
    "hash_file",
    "hash_file_again",
    "hash_json",
    "hash_sources",
    "is_locked",
    "leftovers",
    "locked",
    "make_folder",
    "parse_json",
    "parse_object",
    "read_bytes",
    "read_object",
    "read_sealed",
    "remove_folder",
    "remove_leftovers",
    "spell_json",
    "unsealed",
    "whole_file",
    "whole_folder",
    "write_json",
    "write_sealed",
    "write_text",
]
