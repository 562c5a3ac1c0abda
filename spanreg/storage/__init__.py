"""Write files and folders atomically, verify checksums, lock, cache, and hash content."""

from spanreg.storage.cache import cache_folder, make_own_folder
from spanreg.storage.directories import in_directory_of, working_directory_from
from spanreg.storage.errors import NotWritableError, UnwrittenError, explain_full_disk, explain_write_errors
from spanreg.storage.files import (
    leftovers,
    make_folder,
    remove_folder,
    remove_leftovers,
    require_makeable,
    spell_json,
    temporary_folder,
    whole_file,
    whole_folder,
    write_json,
    write_text,
)
from spanreg.storage.hashes import hash_file, hash_file_cached, hash_json
from spanreg.storage.links import require_links_inside
from spanreg.storage.locks import is_locked, locked
from spanreg.storage.manifest import (
    MANIFEST,
    FileRecord,
    Manifest,
    files_below,
    manifest_with,
    read_manifest,
    record_files,
    replace_files,
    write_manifest,
)
from spanreg.storage.names import as_file_name, name_fault, require_file_name, require_text_path, stored_path
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
from spanreg.storage.shapes import shape_fault
from spanreg.storage.source_code import PACKAGE, hash_code, hash_sources
from spanreg.storage.verified_folder import VerifiedFolder

__all__ = [
    "MANIFEST",
    "PACKAGE",
    "DamagedFileError",
    "FileRecord",
    "Manifest",
    "NotWritableError",
    "UnwrittenError",
    "VerifiedFolder",
    "as_file_name",
    "cache_folder",
    "damaged",
    "explain_full_disk",
    "explain_write_errors",
    "files_below",
    "hash_code",
    "hash_file",
    "hash_file_cached",
    "hash_json",
    "hash_sources",
    "in_directory_of",
    "is_locked",
    "leftovers",
    "locked",
    "make_folder",
    "make_own_folder",
    "manifest_with",
    "name_fault",
    "parse_json",
    "parse_object",
    "read_bytes",
    "read_manifest",
    "read_object",
    "read_sealed",
    "record_files",
    "remove_folder",
    "remove_leftovers",
    "replace_files",
    "require_file_name",
    "require_links_inside",
    "require_makeable",
    "require_text_path",
    "shape_fault",
    "spell_json",
    "stored_path",
    "temporary_folder",
    "unsealed",
    "whole_file",
    "whole_folder",
    "working_directory_from",
    "write_json",
    "write_manifest",
    "write_sealed",
    "write_text",
]
