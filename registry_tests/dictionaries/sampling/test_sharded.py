"""Sampling in shards equals sampling at once, in this process and on Ray, also after a worker was killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.sampling.corpus import TextCorpus
from spanreg.dictionaries.sampling.executors import LocalShardExecutor, RayShardExecutor
from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.dictionaries.sampling.sharded import sample_shards
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import NgramSample, Scorer
from spanreg.words.unicode_words import UnicodeWords
from spanreg.words.white_space_words import WhiteSpaceWords

# A vocabulary stores words in parts of eight bytes, and none of more than 255 bytes.
WORDS = st.sampled_from(
    [*"aaabbbcdé漢", "A", ",", ".", "extraordinarily", "extraordinary", "don't", "rare" * 70, "a,", "()"]
)
RULES = st.sampled_from([UnicodeWords(), WhiteSpaceWords()])
OPTIONS = st.builds(WordOptions, RULES, st.booleans(), st.sampled_from(["boundary", "drop", "keep"]))
LINES = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=8)


def counts_of_sample(sample: NgramSample) -> dict[str, int]:
    """Return the count of each n-gram of a sample."""
    counts = {}
    for level in sample.levels:
        for row, count in zip(level.words.tolist(), level.counts.tolist(), strict=True):
            counts[" ".join(sample.words[word] for word in row)] = count
    return counts


def counts_of_words(sample: NgramSample) -> dict[str, int]:
    """Return the count of each word of a sample."""
    return dict(zip(sample.words, sample.word_counts.tolist(), strict=True))


@given(LINES, st.lists(st.integers(0, 8), max_size=4), st.integers(2, 5), st.integers(1, 3), OPTIONS)
@settings(max_examples=100)
def test_shards_equal_sampling_at_once(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    cuts: list[int],
    max_n: int,
    min_count: int,
    words: WordOptions,
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    for number, (first, last) in enumerate(pairwise([0, *sorted(cuts), len(lines)])):
        (folder / f"{number}.txt").write_text("".join(f"{line}\n" for line in lines[first:last]), encoding="utf-8")
    corpus = TextCorpus([str(folder / "*.txt")])
    options: dict[str, Any] = {"max_n": max_n, "min_count": min_count, "options": words}
    at_once = sample_ngrams(corpus.blocks(), **options)
    in_shards = sample_shards(corpus.shards(), LocalShardExecutor(), **options)
    assert counts_of_sample(in_shards) == counts_of_sample(at_once)
    assert (in_shards.total_words, in_shards.covered_words) == (at_once.total_words, at_once.covered_words)
    assert counts_of_words(in_shards) == counts_of_words(at_once)


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the glob pattern of four files of a corpus."""
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    for shard in range(4):
        lines = [" ".join(f"w{i * j * (shard + 1) % 37}" for j in range(1, 30)) for i in range(60)]
        (tmp_path / f"{shard}.txt").write_text("\n".join(lines), encoding="utf-8")
    return str(tmp_path / "*.txt")


def test_scores_that_need_neighbours_are_refused_with_ray(shards: str) -> None:
    with pytest.raises(
        ConfigurationError, match="executor: 'branching_entropy' needs neighbours, which 'ray' does not"
    ):
        NgramDictionary(shards, scores=[Scorer.from_params("branching_entropy")], executor="ray")


def test_a_missing_ray_names_the_extra(shards: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"executor: the executor 'ray' needs .*pip install 'spanreg\[ray\]'"):
        NgramDictionary(shards, executor="ray").new_sample()


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Yield the module ``ray``, connected to a cluster of three processes on this machine."""
    package = pytest.importorskip("ray", reason="ray is not installed: the extra 'ray' brings it")
    path = os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        package.init(num_cpus=3, include_dashboard=False, log_to_driver=False, logging_level="error")
        yield package
        package.shutdown()


def test_ray_counts_the_same_bit_for_bit(ray: Any, shards: str) -> None:
    scores = [Scorer.from_params("pmi")]
    local = NgramDictionary(shards, min_count=3, scores=scores).new_sample()
    remote = NgramDictionary(shards, min_count=3, scores=scores, executor="ray").new_sample()
    assert remote.equals(local, check_metadata=True)


class KillingCorpus(TextCorpus):
    """Corpus that kills the first process that reads it, if it has a mark."""

    mark = ""
    "File that records the kill, so that the next process survives."

    def blocks(self, *, whole_lines: bool = False) -> Iterator[bytes]:
        if self.mark and not os.path.exists(self.mark):
            Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().blocks(whole_lines=whole_lines)


def test_a_killed_worker_of_ray_is_replaced(ray: Any, shards: str, tmp_path: Path) -> None:
    # Workers cannot import this module: its classes are sent with the tasks.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    corpora = [KillingCorpus([str(file)]) for file in TextCorpus([shards]).files]
    corpora[2].mark = str(tmp_path / "killed")
    options: dict[str, Any] = {"max_n": 4, "min_count": 3}
    resumed_sample = sample_shards(corpora, RayShardExecutor(), **options)
    assert (tmp_path / "killed").exists()
    at_once = sample_ngrams(TextCorpus([shards]).blocks(), **options)
    assert counts_of_sample(resumed_sample) == counts_of_sample(at_once)
