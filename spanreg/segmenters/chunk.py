"""Base phrases of English, by an external tagger and chunker."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from importlib import metadata, util
from itertools import accumulate, chain, pairwise
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import ConfigurationError, Inherited, Items
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule

Phrase = Literal["NP", "VP", "PP", "ADJP", "ADVP"]

_PACKAGE: Final = "textblob"
_ENDING: Final = re.compile(r"(?<=\w)(?:n['’]t|['’](?:s|re|ve|ll|d|m))$", re.IGNORECASE)
"What the tagger knows as a word of its own and our word rule does not: ``don't``, ``she'll``, ``man's``."


@Segmenter.register("chunk")
class ChunkSegmenter(PlainSegmenter):
    """Makes each base phrase of English a span; a word outside of all phrases is a span of its own.

    Parts of speech and phrases come from the tagger and the chunking rules of the package ``textblob`` (extra
    ``chunk``), after those of ``pattern.en``: a lexicon and rules that ship inside the package, so that nothing is
    fetched. They are given our words, contractions taken apart (``do n't``), in place of tokens of their own. In a text
    of another language they find little that is right.
    Registered as ``chunk``.

    Parameters:
        phrases: the kinds that become spans of several words; by default all: noun, verb and prepositional phrases,
            those of adjectives and of adverbs. (A prepositional phrase is the preposition alone, as in CoNLL-2000.)
        words: the rule by which words are found; by default that of the dictionary, or ``unicode`` where there is none.
        dictionary: gives the word rule and nothing else; that of the config by default.

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
        if util.find_spec(_PACKAGE) is None:
            hint = "install the extra: pip install 'spanreg[chunk]'"
            raise ConfigurationError("the segmenter 'chunk' needs the package textblob", path="type", hint=hint)
        self._phrases = frozenset(phrases)

    def begins(self, words: Words) -> NDArray[np.bool_]:
        parse = importlib.import_module(f"{_PACKAGE}.en").parse
        begins = np.ones(len(words), dtype=np.bool_)
        bounds = words.bounds.tolist()
        for i, (first, end) in enumerate(pairwise(bounds)):
            if end - first > 1:
                begins[first:end] = self._begins_of(_tags(parse, words.of(i)))
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "chunk",
                "phrases": sorted(self._phrases),
                "tagger": f"{_PACKAGE} {metadata.version(_PACKAGE)}",
                "word_rule": self.word_rule.version,
            }
        )

    def _begins_of(self, tags: Sequence[str]) -> list[bool]:
        """Which words of a text begin a span, by their chunk tags such as ``B-NP``, ``I-NP`` and ``O``."""
        kinds = [tag.partition("-")[2] for tag in tags]
        goes_on = (
            tag.startswith("I-") and kind == before and kind in self._phrases
            for tag, kind, before in zip(tags[1:], kinds[1:], kinds, strict=False)
        )
        return [True, *(not one for one in goes_on)]


def _pieces(word: str) -> tuple[str, ...]:
    """The word as the tagger wants it: with its contraction, if it has one, apart."""
    ending = _ENDING.search(word)
    return (word[: ending.start()], ending[0].replace("’", "'")) if ending else (word,)


def _tags(parse: Any, words: Sequence[str]) -> list[str]:
    """The chunk tag of each word of one text: that of its first piece."""
    pieces = [_pieces(word) for word in words]
    # Not tokenised again, a text is cut at spaces and, into sentences, at line feeds; words hold neither.
    (sentence,) = parse(" ".join(chain.from_iterable(pieces)), tokenize=False, collapse=False)
    firsts = accumulate(map(len, pieces[:-1]), initial=0)
    return [sentence[first][2] for first in firsts]
