"""Atomic writes: files and folders appear whole or not at all, and a failed write is one clear error."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spanreg import storage
from spanreg.registry import ConfigurationError


def file_names(folder: Path) -> list[str]:
    """Return the sorted names of the entries of a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_file_has_the_usual_mode(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    storage.write_text(tmp_path / "deep" / "file.txt", "é\n")
    written = tmp_path / "deep" / "file.txt"
    assert written.read_bytes() == "é\n".encode()
    assert written.stat().st_mode == plain.stat().st_mode
    assert file_names(written.parent) == ["file.txt"]


def test_a_failed_block_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write_half() -> None:
        with storage.whole_file(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert file_names(tmp_path) == ["file"]


def test_a_failed_block_keeps_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    with storage.whole_folder(path) as temporary:
        (temporary / "file").write_text("old")

    def write_half() -> None:
        with storage.whole_folder(path) as temporary:
            (temporary / "file").write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_half()
    assert (path / "file").read_text() == "old"
    assert file_names(tmp_path) == ["entry"]


def test_other_errors_in_the_block_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), storage.whole_file(tmp_path / "file"):
        raise FileNotFoundError(errno.ENOENT, "some input")


def test_a_whole_folder_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    for content in ("first", "second"):
        with storage.whole_folder(path) as temporary:
            (temporary / "inner").mkdir()
            (temporary / "inner" / content).write_text(content)
    assert file_names(path / "inner") == ["second"]
    assert file_names(tmp_path) == ["entry"]


def test_leftovers_of_one_name_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".entry.abc.part").mkdir()
    (tmp_path / ".entry.def.part").touch()
    (tmp_path / ".other.abc.part").touch()
    storage.remove_leftovers(storage.leftovers(tmp_path, "entry"))
    assert file_names(tmp_path) == [".other.abc.part"]


def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"cannot write .*file: the disk is full\. free some space"),
        storage.whole_file(tmp_path / "file"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert file_names(tmp_path) == []


def test_a_file_in_place_of_the_parent_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "way").touch()
    with pytest.raises(ConfigurationError, match="cannot write"):
        storage.write_text(tmp_path / "way" / "file", "")


def test_files_and_folders_do_not_replace_each_other(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ConfigurationError, match=r"folder is a folder\. name a file"):
        storage.write_text(tmp_path / "folder", "")
    with (
        pytest.raises(ConfigurationError, match=r"file is a file\. name a folder"),
        storage.whole_folder(tmp_path / "file"),
    ):
        pass
    assert (tmp_path / "file").read_text() == "kept"


def test_json_is_indented_utf8_without_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        storage.write_json(tmp_path / "file.json", float("nan"))
    storage.write_json(tmp_path / "file.json", {"b": "é", "a": None})
    assert (tmp_path / "file.json").read_text(encoding="utf-8") == '{\n  "b": "é",\n  "a": null\n}\n'


def test_files_of_a_whole_folder_have_the_mode_of_the_umask(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with storage.whole_folder(tmp_path / "model") as temporary:
        (temporary / "weights").touch(mode=0o600)
    assert (tmp_path / "model" / "weights").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_next_writer_removes_the_leftovers_of_a_killed_one(tmp_path: Path) -> None:
    """Characters of the name that have a meaning in glob patterns are literal."""
    path = tmp_path / "run[1]*.json"
    code = (
        "import os, signal, sys; from pathlib import Path; from spanreg import storage\n"
        "with storage.whole_file(Path(sys.argv[1])) as file, storage.whole_folder(Path(sys.argv[2])) as folder:\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path), str(tmp_path / "folder")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(storage.leftovers(tmp_path)) == 2
    storage.write_text(path, "whole")
    with storage.whole_folder(tmp_path / "folder"):
        pass
    assert file_names(tmp_path) == ["folder", "run[1]*.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_with_the_name_of_a_leftover_is_removed_like_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".entry.stranger.part")
    storage.write_text(tmp_path / "entry", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_leftovers_of_a_running_writer_are_kept(tmp_path: Path) -> None:
    with storage.whole_file(tmp_path / "file") as first:
        first.write_text("first")
        storage.write_text(tmp_path / "file", "second")
        assert first.exists()
    assert (tmp_path / "file").read_text() == "first"
    with storage.whole_folder(tmp_path / "folder") as folder:
        with storage.whole_folder(tmp_path / "folder"):
            pass
        assert folder.is_dir()


# Python raises an error with a number; libraries in Rust, such as safetensors, put the number into the text.
TOO_LARGE_ERRORS = [
    OSError(errno.EFBIG, os.strerror(errno.EFBIG)),
    ValueError("I/O error: File too large (os error 27)"),
]


@pytest.mark.parametrize("error", TOO_LARGE_ERRORS, ids=lambda error: type(error).__name__)
def test_a_file_beyond_the_size_limit_is_reported(error: Exception, tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"larger than this process may write\. raise the limit \(ulimit -f\)"),
        storage.whole_file(tmp_path / "file"),
    ):
        raise error
    assert file_names(tmp_path) == []


def test_a_size_limit_is_recognised_without_an_error_number(tmp_path: Path) -> None:
    """Errors of torch have no error number; the size of the written file shows that the limit was reached."""
    code = (
        "import resource, sys; from pathlib import Path; from spanreg import storage\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "with storage.whole_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'weights').write_bytes(bytes(4096))\n"
        "    raise RuntimeError('PytorchStreamWriter failed writing file data/0: file write failed')"
    )
    failed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "folder")], capture_output=True, text=True, check=False
    )
    assert failed.stderr.splitlines()[-1].endswith(
        f"cannot write {tmp_path / 'folder'}: the file would be larger than this process may write. "
        "raise the limit (ulimit -f)"
    )


def test_a_named_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        storage.write_text(pipe, "all of it")
        assert os.read(reader, 100) == b"all of it"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_full_device_is_reported() -> None:
    with pytest.raises(ConfigurationError, match="cannot write /dev/full: the disk is full"):
        storage.write_text(Path("/dev/full"), "text")
    assert Path("/dev/full").is_char_device()
