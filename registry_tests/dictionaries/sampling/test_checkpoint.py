"""Interruption of sampling: it resumes after its last finished pass, with the same result, and leaves no files."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.sampling.checkpoint import SamplingState, load_state, save_state, working_folder
from spanreg.dictionaries.sampling.counting import IdPairs, PairCounter, PairCounts
from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.dictionaries.sampling.reading import READING, SamplingProgress
from spanreg.dictionaries.sampling.streams import IdStream
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import NgramSample, Scorer

LINES = "the cat of the house . new york is big . in new york the cat of new york . of the big house\n" * 3
SCORERS = ["pmi", "branching_entropy", "accessor_variety", "document_frequency"]
PASSES = [READING, "2-grams", "3-grams", "4-grams"]


@pytest.fixture(autouse=True)
def corpus_and_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a corpus, and let temporary files be written into the folder ``temporary``."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "corpus.txt").write_text(LINES, encoding="utf-8")


def make_dictionary(folder: Path, scorers: list[str]) -> NgramDictionary:
    """Return a dictionary of the corpus in a folder, which has not been sampled."""
    scores = [Scorer.from_params(name) for name in scorers]
    return NgramDictionary(str(folder / "corpus.txt"), max_n=4, min_count=2, scores=scores)


def interrupt_at(step: SamplingProgress, stage: str) -> None:
    """Interrupt the sampling at its first report from a pass."""
    if step.stage == stage:
        raise KeyboardInterrupt


@pytest.mark.parametrize("scorers", [[], SCORERS], ids=["counts", "scores"])
@pytest.mark.parametrize("stage", PASSES[1:])
def test_sampling_resumes_after_the_last_finished_pass(tmp_path: Path, stage: str, scorers: list[str]) -> None:
    expected = make_dictionary(tmp_path, scorers).new_sample()
    assert not list((tmp_path / "temporary").iterdir())
    with pytest.raises(KeyboardInterrupt):
        make_dictionary(tmp_path, scorers).new_sample(lambda step: interrupt_at(step, stage))
    steps: list[str] = []
    resumed = make_dictionary(tmp_path, scorers).new_sample(lambda step: steps.append(step.stage))
    assert resumed.equals(expected, check_metadata=True)
    assert list(dict.fromkeys(steps)) == PASSES[PASSES.index(stage) :]
    assert not list((tmp_path / "temporary").iterdir())


def test_a_changed_corpus_is_sampled_from_the_start(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make_dictionary(tmp_path, []).new_sample(lambda step: interrupt_at(step, "3-grams"))
    (tmp_path / "corpus.txt").write_text("something new , something new\n", encoding="utf-8")
    assert make_dictionary(tmp_path, []).new_sample()["ngram"].to_pylist() == ["something new"]


def test_sampling_resumes_after_its_process_was_killed(tmp_path: Path) -> None:
    code = """
import os, signal, sys, tempfile
tempfile.tempdir = sys.argv[1] + "/temporary"
from spanreg.dictionaries.ngram import NgramDictionary
def kill(step):
    if step.stage == "3-grams":
        os.kill(os.getpid(), signal.SIGKILL)
NgramDictionary(sys.argv[1] + "/corpus.txt", max_n=4, min_count=2).new_sample(kill)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[3], check=False)
    assert killed.returncode == -signal.SIGKILL
    steps: list[str] = []
    resumed = make_dictionary(tmp_path, []).new_sample(lambda step: steps.append(step.stage))
    assert "2-grams" not in steps
    assert resumed.equals(NgramDictionary(str(tmp_path / "corpus.txt"), max_n=4, min_count=2).new_sample())


def test_a_damaged_state_is_ignored(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make_dictionary(tmp_path, []).new_sample(lambda step: interrupt_at(step, "3-grams"))
    [folder] = (tmp_path / "temporary").iterdir()
    (folder / "state.npz").write_bytes(b"damaged")
    steps: list[str] = []
    make_dictionary(tmp_path, []).new_sample(lambda step: steps.append(step.stage))
    assert list(dict.fromkeys(steps)) == PASSES


def test_concurrent_samplings_have_separate_folders() -> None:
    with working_folder("ab") as (first, first_is_lasting), working_folder("ab") as (second, second_is_lasting):
        assert first_is_lasting
        assert not second_is_lasting
        assert first != second
    with working_folder("ab") as (folder, is_lasting):
        assert is_lasting
        assert folder == first


def test_a_folder_that_is_being_removed_is_not_used(tmp_path: Path) -> None:
    """A process that opened the lock just before the folder was removed must not use that folder."""

    def use_folders(number: int) -> int:
        lasting_folders = 0
        for _ in range(200):
            with working_folder("ab") as (folder, is_lasting):
                file = folder / "own"
                assert not file.exists()
                file.write_text(str(number), encoding="utf-8")
                time.sleep(0)  # lets another thread run
                assert file.read_text(encoding="utf-8") == str(number)
                lasting_folders += is_lasting
        return lasting_folders

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use_folders, range(4))) > 0
    assert not list((tmp_path / "temporary").iterdir())


def test_a_folder_that_other_users_may_write_to_is_not_used(tmp_path: Path) -> None:
    planted = tmp_path / "temporary" / f"spanreg-sampling-{os.getuid()}-ab"
    planted.mkdir()
    planted.chmod(0o777)
    with working_folder("ab") as (folder, is_lasting):
        assert not is_lasting
        assert folder != planted


def test_a_disk_that_fills_up_is_a_configuration_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every write to /dev/full fails as on a full disk.
    monkeypatch.setattr(PairCounter, "_run_paths", lambda counter, run: [Path("/dev/full"), Path("/dev/full")])
    with pytest.raises(ConfigurationError, match=r"no space left for sampling in .* environment variable TMPDIR"):
        sample_ngrams([LINES.encode()], max_n=2, min_count=1, budget=5, key="ab")
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("key", ["", "ab"])
def test_a_full_disk_is_a_configuration_error(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_disk_full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "mkdir", raise_disk_full)
    with pytest.raises(ConfigurationError, match=r"no space left for sampling in .* environment variable TMPDIR"):
        sample_ngrams([LINES.encode()], max_n=2, min_count=1, key=key)


def test_the_parts_of_a_counter_have_every_key_once(tmp_path: Path) -> None:
    counter = PairCounter(tmp_path, budget=4)
    ids = np.arange(50, dtype=np.int32) % np.int32(7)
    counter.add(IdPairs(ids[start : start + 5], 2 * ids[start : start + 5]) for start in range(0, 50, 5))
    parts = list(counter.parts())
    assert np.concatenate([part.keys for part in parts]).tolist() == [key << 32 | 2 * key for key in range(7)]
    assert sum(int(part.counts.sum()) for part in parts) == 50
    assert isinstance(parts[0], PairCounts)


def test_leftovers_of_a_killed_removal_are_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "temporary" / f"spanreg-sampling-{os.getuid()}-ab-{'0' * 16}"
    leftover.mkdir()
    (leftover / "words.ids").write_bytes(bytes(100))
    with working_folder("ab"):
        pass
    assert not list((tmp_path / "temporary").iterdir())


def test_a_truncated_stream_is_not_resumed_from() -> None:
    """Simulate a power cut after which the state is on disk, but not the end of the stream."""
    with working_folder("ab") as (folder, _):
        words = IdStream(folder / "words.ids")
        with words:
            words.append(np.arange(10, dtype=np.int32))
        save_state(folder, SamplingState(NgramSample(["a"], np.array([1]), [], 1, 0), words, None, None))
        assert load_state(folder) is not None
        words.path.write_bytes(words.path.read_bytes()[:-4])
        assert load_state(folder) is None
