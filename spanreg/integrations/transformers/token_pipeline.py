"""A pipeline of transformers for span models that label words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

from scipy.special import softmax
from transformers.pipelines.token_classification import AggregationStrategy, TokenClassificationPipeline

from spanreg.integrations.transformers.span_inputs import forward, inputs_of_model
from spanreg.preparation.gold_tokens import first_pieces
from spanreg.registry import ConfigurationError
from spanreg.text.joined import TokenOffsets, join_tokens
from spanreg.training.serving.saved_inputs import SavedInputs

TOKEN_TASK: Final = "span-token-classification"
_OWN: Final = ("sentence", "words", "positions", "is_last")
"Values that ``preprocess`` adds to the arguments of the model."


class SpanTokenClassificationPipeline(TokenClassificationPipeline):
    """Token classification by a span model; it labels words, as ``spanreg predict`` does.

    ``pipeline("span-token-classification", model="RUN/model", aggregation_strategy="simple")`` after
    ``import spanreg.integrations.transformers``

    The answers have the form of transformers: ``entity`` (``entity_group`` for groups of words), ``score``, ``word``,
    ``start``, ``end`` and ``index`` (number of the word). A list of words is given with ``is_split_into_words=True``.
    Each aggregation strategy but ``none`` groups words by the prefixes ``B-`` and ``I-`` of their labels; a word never
    has several labels, since its first piece decides. Truncated words are left out.

    Raises:
        ConfigurationError: the model is not a span model or does not label tokens, or its folder has no segmenter.
    """

    @cached_property
    def run(self) -> SavedInputs:
        """The inputs of the run that the model belongs to."""
        run = inputs_of_model(self.model, TOKEN_TASK, "token-classification")
        if run.task.kind != "token_classification":
            problem = f"{TOKEN_TASK}: the run in {run.folder.path} labels texts"
            raise ConfigurationError(problem, hint='use pipeline("span-text-classification")')
        return run

    def preprocess(  # type: ignore[override]
        self, sentence: Any, offset_mapping: Any = None, **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield token ids and span ids of one text, shape: (1, tokens), with the places of its words."""
        text, words = self._words(sentence)
        tokens = self.run.tokens([text])
        yield {
            **self.run.collator(list(tokens.examples())),
            "sentence": text,
            "words": words.rows()[0],
            "positions": first_pieces(tokens, [text], words).tolist(),
            "is_last": True,  # a text is one chunk: what is too long is truncated, as in training
        }

    def _words(self, sentence: Any) -> tuple[str, TokenOffsets]:
        """Return a text, and the offsets of its words or of the words that it is given as."""
        if isinstance(sentence, list | tuple):
            texts, words = join_tokens([sentence])
            return texts[0], words
        found = self.run.segmenter.word_rule.words_of([sentence])
        return sentence, TokenOffsets(found.starts, found.ends, found.bounds)

    def _forward(self, model_inputs: Any) -> dict[str, Any]:  # type: ignore[override]
        own = {name: model_inputs.pop(name) for name in _OWN}
        return {"logits": forward(self.model, self.run, model_inputs).logits.float(), **own}

    def postprocess(  # type: ignore[override]
        self,
        all_outputs: Sequence[dict[str, Any]],
        aggregation_strategy: AggregationStrategy = AggregationStrategy.NONE,
        ignore_labels: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the labelled words of a text, or groups of them, without those of ignored labels."""
        (output,) = all_outputs
        found = self._labelled(output)
        if aggregation_strategy != AggregationStrategy.NONE:
            text = output["sentence"]
            found = [{**one, "word": text[one["start"] : one["end"]]} for one in self.group_entities(found)]
        ignored = {"O"} if ignore_labels is None else {*ignore_labels}
        return [one for one in found if one.get("entity", one.get("entity_group")) not in ignored]

    def _labelled(self, output: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the words of a text with their labels and scores, in the form of transformers."""
        scores = softmax(output["logits"][0].cpu().numpy(), axis=-1)  # shape: (tokens, labels)
        labels, text = self.run.task.labels, output["sentence"]
        found = []
        for index, ((start, end), place) in enumerate(zip(output["words"], output["positions"], strict=True), start=1):
            # -1 for a word whose first piece was truncated.
            if place >= 0:
                best = int(scores[place].argmax())
                word = {"index": index, "word": text[start:end], "start": start, "end": end}
                found.append({"entity": labels[best], "score": float(scores[place, best]), **word})
        return found
