"""Small encoder with random weights, for tests and first experiments."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, Self

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from spanreg.encoders.backbone import BackboneEncoder, empty_backbone
from spanreg.encoders.base import Encoder
from spanreg.registry import AtLeast, ConfigurationError, Even, Runtime

UNKNOWN = "[UNK]"
# The padding token comes first, because the padding id of BertConfig is 0.
SPECIAL = ["[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]"]
LETTERS = string.ascii_lowercase + string.digits


@Encoder.register("tiny")
class TinyEncoder(BackboneEncoder):
    """Small BERT with random weights and a WordPiece tokenizer built from the training texts; registered as ``tiny``.

    It needs no download and is built in a second, for tests and first experiments. The weights depend on
    ``torch.manual_seed`` at the time of ``load``, the tokenizer only on the texts.

    ``encoder: { type: 'tiny', dim: 32, layers: 2 }``

    Parameters:
        texts: texts of the training set, from which the vocabulary is built; without any, words are split into letters.
        dim: width of the token vectors, even; default 32.
        layers: number of layers; default 2.
        positions: longest sequence, in tokens; default 512.
        vocabulary: largest size of the vocabulary, in tokens; default 2000.
        pooling: source of the sentence vector: ``cls`` (default), ``mean``, ``max`` or ``pooler``.

    Raises:
        ConfigurationError: ``dim`` is odd.
    """

    def __init__(
        self,
        texts: Runtime[Sequence[str]] = (),
        dim: Annotated[int, AtLeast(2), Even()] = 32,
        layers: Annotated[int, AtLeast(1)] = 2,
        positions: Annotated[int, AtLeast(8)] = 512,
        # At least 200, since the special tokens and printable ASCII, as words and as later pieces, take 141.
        vocabulary: Annotated[int, AtLeast(200)] = 2000,
        pooling: Literal["cls", "mean", "max", "pooler"] = "cls",
    ) -> None:
        super().__init__(pooling)
        if dim % 2:
            raise ConfigurationError(
                f"expected an even number (there are 2 attention heads), got {dim}",
                path="dim",
                hint="give an even number",
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
    """Return a lower-casing WordPiece tokenizer for texts; its vocabulary includes printable ASCII."""
    # Not by the trainer of the tokenizers library, which numbers pieces and breaks ties differently in each run.
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
    """Return the vocabulary in the order of its ids: special tokens, letters as words and as word pieces, whole words.

    The most frequent letters and words of the texts are included, in alphabetical order among equal counts; letters
    take at most half of the vocabulary.
    """
    # By the words that they occur in, so that a letter repeated in a word counts once.
    counts = Counter(words)
    letters: Counter[str] = Counter()
    for word, count in counts.items():
        letters.update(dict.fromkeys(word, count))
    alphabet = list(dict.fromkeys([*LETTERS, *string.punctuation, *_ranked(letters)]))
    # Every letter as the start and as a later piece of a word, so that no word of known letters is unknown.
    singles = [form for letter in alphabet for form in (letter, f"##{letter}")]
    most = max(vocabulary // 2, 2 * len(LETTERS + string.punctuation))
    kept = dict.fromkeys([*SPECIAL, *singles[:most]])
    kept.update(dict.fromkeys(_ranked(counts)))
    return list(kept)[:vocabulary]


def _ranked(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda item: (-counts[item], item))


def _words(backend: Tokenizer, texts: Iterable[str]) -> Iterator[str]:
    """Yield the words that the tokenizer would split into pieces."""
    for text in texts:
        for word, _ in backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(text)):
            yield word
