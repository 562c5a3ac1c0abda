"""Check whether the corpus of a dictionary contains the scored texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from spanreg.registry import ConfigurationError
from spanreg.storage import in_directory_of
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.split_rows import reads_spans, split_rows
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.checks.finding import CheckFinding
from spanreg.training.runs.differences import canonical

SAMPLED_TEXTS: Final = 50
"Number of scored texts that are searched in a corpus; the search takes time for each of them."
SHORTEST: Final = 30
"Least number of characters of such a text: shorter ones occur by chance."
MOST_BYTES: Final = 200_000_000
"Part of a corpus that is read, in bytes; a corpus may be too large to read for a check."
LARGEST_SHARE: Final = 0.05
"Share of the sampled texts above which the check reports that the corpus contains the split."


def leaked_texts(results: StudyResults) -> Iterator[CheckFinding]:
    """Yield arms whose dictionary was sampled from a corpus with the scored texts."""
    shares: dict[str, float] = {}
    for arm in results.arms:
        if not arm.runs or not reads_spans(arm):
            continue
        for corpus, field in _corpora(arm.arm.config.get("dictionary")):
            # Most arms share corpus and data, and a search takes seconds.
            key = canonical([corpus, field, arm.arm.config.get("data")])
            if key not in shares:
                shares[key] = _share(arm, corpus, field)
            if shares[key] > LARGEST_SHARE:
                problem = (
                    f"{shares[key]:.0%} of the sampled texts of {arm.split} (at most {SAMPLED_TEXTS}) are in the "
                    "corpus of the dictionary"
                )
                yield CheckFinding("SR007", (arm.name,), problem, "remove the scored split from the corpus")


def _corpora(config: Any) -> Iterator[tuple[list[str], str]]:
    """Yield the corpora in the config of a dictionary, which may be made of others, with the field of their texts."""
    if isinstance(config, Mapping):
        corpus = config.get("corpus")
        if isinstance(corpus, str | list):
            yield [corpus] if isinstance(corpus, str) else list(corpus), str(config.get("text_field", "text"))
        for value in config.values():
            yield from _corpora(value)
    elif isinstance(config, list):
        for value in config:
            yield from _corpora(value)


def _share(arm: ArmResult, corpus: Sequence[str], field: str) -> float:
    """Return the share of sampled texts that a corpus contains; 0 if texts or corpus can no longer be read."""
    from spanreg.dictionaries.sampling.corpus import TextCorpus

    # A run is always in ``runs/`` of the study's folder, which ``record_from`` checks.
    folder = StudyReader(arm.runs[0].path.parents[1])
    try:
        wanted = _sampled(split_rows(arm.runs[0], arm.arm.config))
        found: set[bytes] = set()
        # As bytes, without decoding, which is faster. Blocks end at line ends, so that no line is cut in two.
        with in_directory_of(folder.path, folder.read().directory):
            read = 0
            for block in TextCorpus(corpus, text_field=field, replace=True).blocks(whole_lines=True):
                lower = block.lower()
                found |= {text for text in wanted - found if text in lower}
                read += len(block)
                if read > MOST_BYTES:
                    break
    except (ConfigurationError, OSError, KeyError):
        return 0.0
    return len(found) / len(wanted) if wanted else 0.0


def _sampled(rows: Sequence[Mapping[str, Any]]) -> set[bytes]:
    """Return distinct texts at equal distances in alphabetical order: the same ones in every report."""
    texts = sorted({row["text"] for row in rows if len(row["text"]) >= SHORTEST})
    step = max(1, len(texts) // SAMPLED_TEXTS)
    return {text.encode("utf-8", "replace").lower() for text in texts[::step][:SAMPLED_TEXTS]}
