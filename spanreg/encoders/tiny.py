"""A small random encoder for tests and first tries."""

from __future__ import annotations

import string
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Literal, Self

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from spanreg.encoders.backbone import BackboneEncoder, empty_backbone
from spanreg.encoders.base import Encoder
from spanreg.registry import AtLeast, ConfigurationError, Runtime

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@Encoder.register("tiny")
class Tiny(BackboneEncoder):
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
        return self


def train_tokenizer(texts: Sequence[str], vocabulary: int, positions: int) -> PreTrainedTokenizerBase:
    """A lower-casing WordPiece tokenizer from texts; printable ASCII is always in it."""
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    letters = string.ascii_lowercase + string.digits
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIAL,
        initial_alphabet=[*letters, *string.punctuation],
        limit_alphabet=vocabulary // 2,
        show_progress=False,
    )
    # A letter becomes known inside a word, too, by standing second in one.
    doubled = [letter * 2 for letter in letters]
    backend.train_from_iterator(chain(doubled, texts), trainer)
    ids = [(token, SPECIAL.index(token)) for token in ("[SEP]", "[CLS]")]
    backend.post_processor = processors.BertProcessing(*ids)
    names = {f"{token.strip('[]').lower()}_token": token for token in SPECIAL}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        model_max_length=positions,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **names,
    )
