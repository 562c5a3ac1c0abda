"""The vocabulary of an archive: tokens and labels by namespace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from spanreg.registry import ConfigurationError, suggest

PADDING: Final = "@@PADDING@@"
UNKNOWN: Final = "@@UNKNOWN@@"
NAMESPACES: Final = "non_padded_namespaces"
"Name of the file that lists the namespaces without padding."
# AllenNLP writes one token on each line, and this in place of a line feed in a token.
_LINE_FEED: Final = "@@NEWLINE@@"


class Vocabulary:
    """Tokens of an archive by namespace, with the methods of AllenNLP's class that look them up.

    ``read_archive("model.tar.gz").vocabulary.get_token_index("the")``

    Parameters:
        tokens: the tokens of each namespace in the order of their indices, padding and unknown token included.
    """

    def __init__(self, tokens: Mapping[str, Sequence[str]]) -> None:
        self._tokens = {namespace: list(words) for namespace, words in tokens.items()}
        self._indices = {
            namespace: {word: index for index, word in enumerate(words)} for namespace, words in self._tokens.items()
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Vocabulary:
        """Return the vocabulary of the files in ``vocabulary/``.

        Args:
            texts: content of each file by its name without ``.txt``.

        Raises:
            ConfigurationError: there is no list of the namespaces without padding.
        """
        if NAMESPACES not in texts:
            problem = f"the vocabulary has no {NAMESPACES}.txt"
            raise ConfigurationError(problem, hint="give an archive of AllenNLP 1.0 or newer")
        patterns = _lines(texts[NAMESPACES])
        found = {}
        for namespace, text in texts.items():
            if namespace != NAMESPACES:
                words = [line.replace(_LINE_FEED, "\n") for line in _lines(text)]
                # The padding token of a namespace has the index 0, and is not in its file.
                found[namespace] = words if _matches(namespace, patterns) else [PADDING, *words]
        return cls(found)

    @property
    def namespaces(self) -> list[str]:
        """Names of the namespaces, sorted."""
        return sorted(self._tokens)

    def tokens(self, namespace: str = "tokens") -> list[str]:
        """Return the tokens of a namespace in the order of their indices.

        Raises:
            ConfigurationError: there is no such namespace.
        """
        if namespace not in self._tokens:
            hint = suggest(namespace, self.namespaces, "namespaces")
            raise ConfigurationError(f"the vocabulary has no namespace '{namespace}'", hint=hint)
        return list(self._tokens[namespace])

    def labels(self) -> list[str]:
        """Return the labels of a model in the order of their ids; empty if it has none."""
        return list(self._tokens.get("labels", []))

    def size(self, namespace: str = "tokens") -> int:
        """Return the number of tokens of a namespace, padding and unknown token included; 0 for an unknown one."""
        return len(self._tokens.get(namespace, ()))

    # The method names of AllenNLP, which the classes of archived models call.

    def get_vocab_size(self, namespace: str = "tokens") -> int:
        """Return the number of tokens of a namespace."""
        return self.size(namespace)

    def get_namespaces(self) -> set[str]:
        """Return the names of the namespaces."""
        return set(self._tokens)

    def get_token_index(self, token: str, namespace: str = "tokens") -> int:
        """Return the index of a token, or that of the unknown token.

        Raises:
            KeyError: the namespace has neither.
        """
        indices = self._indices.get(namespace, {})
        return indices[token] if token in indices else indices[UNKNOWN]

    def get_token_from_index(self, index: int, namespace: str = "tokens") -> str:
        """Return the token of an index."""
        return self.tokens(namespace)[index]

    def get_token_to_index_vocabulary(self, namespace: str = "tokens") -> dict[str, int]:
        """Return the indices of all tokens of a namespace."""
        return dict(self._indices.get(namespace, {}))

    def get_index_to_token_vocabulary(self, namespace: str = "tokens") -> dict[int, str]:
        """Return the tokens of a namespace by index."""
        return dict(enumerate(self._tokens.get(namespace, ())))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {self.size(name):,}" for name in self.namespaces)
        return f"Vocabulary({sizes})"


def _lines(text: str) -> list[str]:
    """Return the lines of a file; other line separators of Unicode may be parts of a token."""
    lines = re.split("\r\n|\n", text)
    return lines[:-1] if lines[-1] == "" else lines


def _matches(namespace: str, patterns: Sequence[str]) -> bool:
    """Return whether a namespace has no padding; the pattern ``*tags`` matches every name that ends in ``tags``."""
    return any(
        namespace.endswith(pattern[1:]) if pattern.startswith("*") else namespace == pattern for pattern in patterns
    )
