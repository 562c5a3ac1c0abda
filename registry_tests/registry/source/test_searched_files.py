"""Files that are searched for a hint: none of them blocks a command or fills the memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError, Params, Registrable
from spanreg.registry.source.searched_files import MOST_BYTES, searched_text


def test_the_beginning_of_a_text_file_is_returned(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"caf\xe9 \xc3\xa9" + b"x" * MOST_BYTES)
    assert searched_text(file) == "caf\ufffd \xe9" + "x" * (MOST_BYTES - 7)


def test_a_file_that_is_larger_than_the_memory_costs_no_more_than_another(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    with file.open("wb") as stream:
        stream.write(b"begin")
        stream.truncate(1 << 38)
    assert searched_text(file).startswith("begin")
    assert len(searched_text(file)) == MOST_BYTES


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_is_not_a_file_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zeros.py").symlink_to("/dev/zero")
    (tmp_path / "lock.py").symlink_to("nothing")
    for name in ("pipe.py", "zeros.py", "lock.py", "absent.py", "."):
        assert searched_text(tmp_path / name) == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_list_of_plug_ins_that_is_not_a_file_stops_no_hint(
    kind: str, tmp_path: Path, toy_family: type[Registrable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if kind == "pipe":
        os.mkfifo(".allennlp_plugins")
    else:
        Path(".allennlp_plugins").symlink_to("/dev/zero")
    with pytest.raises(ConfigurationError, match="include your own component with --include-package"):
        toy_family.from_params(Params({"type": "ball"}))
