"""Rival tools: those that are installed do the work that their notes describe."""

from collections import Counter
from collections.abc import Callable

import pytest

from spanreg.benchmarks.harness import rivals
from spanreg.benchmarks.harness.rivals import COUNTING, MATCHING, RivalTool

TEXTS = [["in", "new", "york", "city", "hall", "of", "fame"], ["new", "york"]] * 10
PHRASES = [("new", "york"), ("new", "york", "city"), ("city", "hall"), ("hall", "of")]


@pytest.mark.parametrize("rival", [*MATCHING, *COUNTING], ids=lambda rival: rival.name)
def test_a_rival_runs_or_names_the_missing_package(rival: RivalTool) -> None:
    if missing := rival.missing():
        assert missing == f"{rival.distribution} is not installed: pip install 'spanreg[bench]'"
        return
    material = (TEXTS, PHRASES) if rival in MATCHING else ([" ".join(words) for words in TEXTS], 2, 5, 10)
    work = rival.prepare(*material)
    # Twice: a benchmark repeats the work on the material of one preparation.
    work()
    work()


def test_a_missing_package_is_named() -> None:
    rival = RivalTool("nobody", "no_such_package", "no-such-package", lambda: print)
    assert rival.missing() == "no-such-package is not installed: pip install 'spanreg[bench]'"


def test_count_vectorizer_counts_in_lower_case() -> None:
    lines = ["New York, New York", "a new york"] * 5
    assert rivals._count_vectorizer(lines, 2, 3, 10)() == {"new york": 15}
    assert Counter(" ".join(lines).lower().split())["new"] == 10 + 5


@pytest.mark.parametrize("prepare", [rivals._aho_corasick_text, rivals._aho_corasick_words])
def test_aho_corasick_finds_the_phrases(
    prepare: Callable[..., Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ahocorasick", reason="pyahocorasick comes with the extra bench")
    found: list[int] = []
    monkeypatch.setattr(rivals, "_exhaust", lambda matches: found.extend(value[1] for _, value in matches))
    prepare(TEXTS[:2], PHRASES)()
    # Lengths of the phrases found: "new york city" and "hall of" in the first text, "new york" in the second. Between
    # spaces, "hall of" is missed: its first space is already part of the match before it.
    expected = [2, 3] if prepare is rivals._aho_corasick_text else [2, 2, 3]
    assert sorted(found) == expected
