"""A small random encoder for tests and first tries."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, Self

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from spanreg.encoders.backbone import BackboneEncoder, empty_backbone
from spanreg.encoders.base import Encoder
from spanreg.registry import AtLeast, ConfigurationError, Runtime

UNKNOWN = "[UNK]"
SPECIAL = ["[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]"]
LETTERS = string.ascii_lowercase + string.digits


@Encoder.register("tiny")
class TinyEncoder(BackboneEncoder):
    """A BERT of small size with random weights, and a WordPiece tokenizer made on the spot; registered as ``tiny``.

    Made in a moment, without any download, for tests and first tries; it knows nothing before it is trained. The
    weights hang on ``torch.manual_seed`` at the time of ``load``, the tokenizer on the texts alone.

    Parameters:
        texts: what the vocabulary is made from, the training set's; without any, words fall into letters.
        dim: width of the token vectors; a multiple of 2; default 32.
        layers: number of layers; default 2.
        positions: longest sequence in tokens; default 512.
        vocabulary: most tokens; default 2000.
        pooling: the sentence vector: ``cls`` (default), ``mean``, ``max`` or ``pooler``.

    Raises:
        ConfigurationError: ``dim`` is odd.
    """

    def __init__(
        self,
        texts: Runtime[Sequence[str]] = (),
        dim: Annotated[int, AtLeast(2)] = 32,
        layers: Annotated[int, AtLeast(1)] = 2,
        positions: Annotated[int, AtLeast(8)] = 512,
        vocabulary: Annotated[int, AtLeast(200)] = 2000,
        pooling: Literal["cls", "mean", "max", "pooler"] = "cls",
    ) -> None:
        super().__init__(pooling)
        if dim % 2:
            raise ConfigurationError(
                f"two attention heads cannot share {dim} dimensions", path="dim", hint="give an even number"
            )
        self.tokenizer = train_tokenizer(texts, vocabulary, positions)
        self.config = BertConfig(
            vocab_size=len(self.tokenizer),
            hidden_size=dim,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=4 * dim,
            max_position_embeddings=positions,
        )

    def load(self) -> Self:
        self.backbone = empty_backbone(self.config, self.pooling)
        return self.equip()


def train_tokenizer(texts: Sequence[str], vocabulary: int, positions: int) -> PreTrainedTokenizerBase:
    """A lower-casing WordPiece tokenizer from texts; printable ASCII is always in it.

    The trainer of the tokenizers library is not used: it numbers the pieces, and breaks ties, differently each time.
    """
    backend = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    pieces = count_pieces(_words(backend, texts), vocabulary)
    ids = {piece: number for number, piece in enumerate(pieces)}
    backend.model = models.WordPiece(ids, unk_token=UNKNOWN)
    backend.add_special_tokens(SPECIAL)
    backend.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    names = {f"{token.strip('[]').lower()}_token": token for token in SPECIAL}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        model_max_length=positions,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **names,
    )


def count_pieces(words: Iterable[str], vocabulary: int) -> list[str]:
    """The vocabulary in the order of its ids: special tokens, letters and word pieces of one letter, whole words.

    Of the letters and words of the texts the most frequent are taken, equal counts in alphabetical order, letters up to
    half of the vocabulary.
    """
    counts = Counter(words)
    letters: Counter[str] = Counter()
    for word, count in counts.items():
        letters.update(dict.fromkeys(word, count))
    alphabet = list(dict.fromkeys([*LETTERS, *string.punctuation, *_ranked(letters)]))
    singles = [form for letter in alphabet for form in (letter, f"##{letter}")]
    kept = dict.fromkeys([*SPECIAL, *singles[: max(vocabulary // 2, 2 * len(LETTERS + string.punctuation))]])
    kept.update(dict.fromkeys(_ranked(counts)))
    return list(kept)[:vocabulary]


def _ranked(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda item: (-counts[item], item))


def _words(backend: Tokenizer, texts: Iterable[str]) -> Iterator[str]:
    """Words as the tokenizer sees them."""
    for text in texts:
        for word, _ in backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(text)):
            yield word
