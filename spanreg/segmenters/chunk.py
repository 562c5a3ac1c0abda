"""English base phrases as spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import metadata
from itertools import accumulate, chain, pairwise
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.packages import import_package, require_package
from spanreg.registry import Inherited, Items
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule

Phrase = Literal["NP", "VP", "PP", "ADJP", "ADVP"]

_PACKAGE: Final = "textblob"
"Package with the tagger and the chunker."
_ENDING: Final = re.compile(r"(?<=\w)(?:n['’]t|['’](?:s|re|ve|ll|d|m))$", re.IGNORECASE)
"Endings that the tagger splits off and our word rules do not, as in ``don't``, ``she'll`` and ``man's``."


@Segmenter.register("chunk")
class ChunkSegmenter(PlainSegmenter):
    """One span for each English base phrase, and for each word outside of phrases; registered as ``chunk``.

    Tagger and chunker are those of the package ``textblob`` (extra ``chunk``): a lexicon and rules within the package,
    which need no download. They get the words of the word rule, with contractions split (``do n't``). For other
    languages the result is meaningless.

    ``segmenter: { type: 'chunk', phrases: ['NP'] }``

    Source: textblob, after pattern.en.

    Parameters:
        phrases: kinds of phrases that become spans: noun, verb, prepositional (the preposition alone, as in
            CoNLL-2000), adjective and adverb phrases; default: all.
        words: word rule; default: that of the dictionary, or ``unicode`` without one.
        dictionary: dictionary whose word rule is used; default: that of the config.

    Raises:
        ConfigurationError: ``textblob`` is not installed.
    """

    def __init__(
        self,
        phrases: Annotated[Sequence[Phrase], Items(1)] = ("NP", "VP", "PP", "ADJP", "ADVP"),
        words: WordRule | None = None,
        dictionary: Inherited[SpanDictionary | None] = None,
    ) -> None:
        super().__init__(words, dictionary)
        require_package(_PACKAGE, "the segmenter 'chunk'", path="type")
        self._phrases = frozenset(phrases)

    def begins(self, words: Words) -> NDArray[np.bool_]:
        parse = import_package(f"{_PACKAGE}.en").parse
        begins = np.ones(len(words), dtype=np.bool_)
        bounds = words.bounds.tolist()
        # Text by text: the tagger reads strings, and this loop costs nothing beside it.
        for i, (first, end) in enumerate(pairwise(bounds)):
            if end - first > 1:  # a single word is a span in any case
                begins[first:end] = self._begins_of(_chunk_tags(parse, words.of(i)))
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "chunk",
                "phrases": sorted(self._phrases),
                "tagger": f"{_PACKAGE} {metadata.version(_PACKAGE)}",  # its lexicon may change with any version
                "word_rule": self.word_rule.version,
            }
        )

    def _begins_of(self, tags: Sequence[str]) -> list[bool]:
        """Return True for each word that begins a span, given chunk tags such as ``B-NP``, ``I-NP`` and ``O``."""
        kinds = [tag.partition("-")[2] for tag in tags]
        # ``kinds`` is one longer than the tags after the first; its last one has no successor.
        continues = (
            tag.startswith("I-") and kind == before and kind in self._phrases
            for tag, kind, before in zip(tags[1:], kinds[1:], kinds, strict=False)
        )
        return [True, *(not one for one in continues)]


def _split_contraction(word: str) -> tuple[str, ...]:
    """Return the parts of a word for the tagger: a contraction is split off."""
    ending = _ENDING.search(word)
    return (word[: ending.start()], ending[0].replace("’", "'")) if ending else (word,)


def _chunk_tags(parse: Any, words: Sequence[str]) -> list[str]:
    """Return the chunk tag of each word of a text: the tag of its first part."""
    pieces = [_split_contraction(word) for word in words]
    # With tokenize=False the parser splits at spaces, and sentences at line feeds; words contain neither.
    (sentence,) = parse(" ".join(chain.from_iterable(pieces)), tokenize=False, collapse=False)
    firsts = accumulate(map(len, pieces[:-1]), initial=0)
    return [sentence[first][2] for first in firsts]
