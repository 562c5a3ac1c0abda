"""Alignment of spans with the tokens of any tokenizer: partitions, and equality with a slow, obvious loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from spanreg.preparation import SpanTokenizer, SpanTokens
from spanreg.preparation.alignment import checked_begins
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words, find_words

TEXTS = [
    "",
    " ",
    "  \t\n ",
    "word",
    "  leading and trailing  ",
    "two  spaces   between    words",
    "don't can't l’eau o'clock's 'quoted'",
    "Crème brûlée à la façade, naïve São Paulo",
    "Cre\u0300me bru\u0302le\u0301e with combining marks",
    "\u0301starts with a mark \u0301 and a lone one",
    "日本語の文章 と 中文句子, mixed日本with English",
    "😀 👩‍👩‍👧 🇩🇪🇫🇷 👍🏽 text😀text ❤️",
    "see https://example.org/a_b?c=d&e=1,234.5#f or mail some.one@example.org!",
    "ﬁne ligatures, ½ and ① and Ⅳ, ﷺ expands to many",
    "[CLS] literal [SEP] special [UNK] tokens [PAD]",
    "zero\u200bwidth \ufeff bom \u00ad soft\u00adhyphen \u200d",
    "control\x00\x07 characters\x1b[0m",
    "İstanbul ẞtraße ΣΑΣ ǆ",
    "हिन्दी ไทย العربية עִבְרִית 한국어 각",
    "a" * 300,
    "-" * 50,
    "the old man " * 60,
]

ANY_TEXT = st.one_of(
    st.sampled_from(TEXTS),
    st.text(max_size=40),
    st.text(alphabet="aé e\u0301 \u00a0\t日😀\u200d'.,1▁Ġ[]", max_size=30),
)


class EqualLengthSegmenter(Segmenter):
    """Segmenter that joins neighbouring words of the same length."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        lengths = words.ends - words.starts
        begins = np.ones(len(words), dtype=np.bool_)
        begins[1:] = lengths[1:] != lengths[:-1]
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins

    def fingerprint(self) -> str:
        return "equal-length"


def slow_span_ids(
    tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter, sentences: tuple[str, ...], max_tokens: int
) -> tuple[list[int], list[int]]:
    """Return token ids and span ids of one example, token by token and word by word."""
    lists = [[sentence] for sentence in sentences]
    encoding = tokenizer(*lists, truncation=True, max_length=max_tokens).encodings[0]
    ids: list[int] = []
    previous: tuple[int | None, int] | None = None
    furthest = 0
    for (start, _), sentence in zip(encoding.offsets, encoding.sequence_ids, strict=True):
        here = None
        if sentence is not None:
            furthest = max(furthest, start) if previous and previous[0] == sentence else start
            here = (sentence, slow_span(sentences[sentence], segmenter, furthest))
        is_new = here is None or here != previous
        ids.append((ids[-1] if ids else -1) + is_new)
        previous = here
    return encoding.ids, ids


def slow_span(text: str, segmenter: Segmenter, position: int) -> int:
    """Return the number of the span of a token that starts at a position."""
    words = find_words([text])
    begins = segmenter.begins(words).tolist()
    spans = 0
    for begin, end in zip(begins, words.ends.tolist(), strict=True):
        spans += begin
        if end > position:
            break
    return spans


def token_and_span_ids(tokens: SpanTokens) -> list[tuple[list[int], list[int]]]:
    """Return the token ids and the span ids of each text."""
    return [(example["input_ids"].tolist(), example["span_ids"].tolist()) for example in tokens.examples()]


def assert_spans_partition(tokens: SpanTokens) -> None:
    """Check that spans start at 0, increase by 0 or 1, and include no special token or end of a sentence."""
    for start, end in zip(tokens.bounds[:-1], tokens.bounds[1:], strict=True):
        spans, sentences = tokens.span_ids[0, start:end], tokens.sentences[start:end]
        if len(spans):
            assert spans[0] == 0
        assert set(np.diff(spans)) <= {0, 1}
        for span in range(len(set(spans))):
            inside = sentences[spans == span]
            assert len(set(inside)) == 1
            assert inside[0] >= 0 or len(inside) == 1


@pytest.mark.parametrize("max_tokens", [12, 64])
def test_fixed_texts_equal_the_slow_loop(
    tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter, max_tokens: int
) -> None:
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, max_tokens)
    single = span_tokenizer(TEXTS)
    assert token_and_span_ids(single) == [slow_span_ids(tokenizer, segmenter, (text,), max_tokens) for text in TEXTS]
    others = TEXTS[3:] + TEXTS[:3]
    pairs = span_tokenizer(TEXTS, others)
    expected = [slow_span_ids(tokenizer, segmenter, pair, max_tokens) for pair in zip(TEXTS, others, strict=True)]
    assert token_and_span_ids(pairs) == expected
    assert_spans_partition(single)
    assert_spans_partition(pairs)


@settings(max_examples=15)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1, max_size=4), st.integers(7, 40))
def test_any_texts_equal_the_slow_loop(
    tokenizer: PreTrainedTokenizerFast, both: list[tuple[str, str]], max_tokens: int
) -> None:
    segmenter = EqualLengthSegmenter()
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, max_tokens)
    firsts = [first for first, _ in both]
    single, pairs = span_tokenizer(firsts), span_tokenizer(firsts, [second for _, second in both])
    assert token_and_span_ids(single) == [slow_span_ids(tokenizer, segmenter, (text,), max_tokens) for text in firsts]
    assert token_and_span_ids(pairs) == [slow_span_ids(tokenizer, segmenter, pair, max_tokens) for pair in both]
    assert_spans_partition(single)
    assert_spans_partition(pairs)


def test_special_tokens_are_found_without_tokens_for_latin_letters(
    han: PreTrainedTokenizerFast, segmenter: Segmenter
) -> None:
    span_tokenizer = SpanTokenizer(han, segmenter, 12)
    tokens = span_tokenizer(TEXTS)
    assert token_and_span_ids(tokens) == [slow_span_ids(han, segmenter, (text,), 12) for text in TEXTS]
    assert span_tokenizer(["章"], ["文"]).sentences.tolist() == [-1, 0, -1, 1, -1]
    assert span_tokenizer(["a"], ["文"]).sentences.tolist() == [-1, -1, 1, -1]


def test_type_ids_equal_those_of_the_tokenizer(tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, 20)
    for pairs in (None, TEXTS[::-1]):
        type_ids = span_tokenizer(TEXTS, pairs).token_type_ids
        expected = tokenizer(TEXTS, pairs, truncation=True, max_length=20)
        if "token_type_ids" not in tokenizer.model_input_names:
            assert type_ids is None
        else:
            assert type_ids is not None
            assert type_ids.tolist() == [value for row in expected["token_type_ids"] for value in row]


@pytest.mark.parametrize("max_tokens", [128, 100_000])
def test_texts_of_ten_thousand_words_are_truncated_or_kept_whole(
    tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter, max_tokens: int
) -> None:
    text = " ".join(f"word{number % 97}" for number in range(10_000))
    tokens = SpanTokenizer(tokenizer, segmenter, max_tokens)([text, "short"])
    assert tokens.truncated.tolist() == [max_tokens == 128, False]
    assert_spans_partition(tokens)
    specials = int(np.count_nonzero(tokens.sentences[: tokens.bounds[1]] < 0))
    if max_tokens > 128:
        assert tokens.span_ids[0, tokens.bounds[1] - 1] + 1 == segmenter.begins(find_words([text])).sum() + specials


def test_the_tokens_of_a_text_do_not_depend_on_its_batch(
    tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter
) -> None:
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, 30)
    together = token_and_span_ids(span_tokenizer(TEXTS))
    assert together == [row for text in TEXTS for row in token_and_span_ids(span_tokenizer([text]))]
    assert token_and_span_ids(span_tokenizer(TEXTS[::-1])) == together[::-1]


def test_offsets_refer_to_the_text_before_normalization(bert: PreTrainedTokenizerFast) -> None:
    """Stripping accents and lower-casing change the lengths of words, which must not move the tokens."""

    class ListedWordSegmenter(Segmenter):
        def begins(self, words: Words) -> NDArray[np.bool_]:
            return np.array([word in ("Cre\u0300me", "ÜBER", "café") for word in words.of(0)])

        def fingerprint(self) -> str:
            return "listed-words"

    tokens = SpanTokenizer(bert, ListedWordSegmenter(), 64)(["Cre\u0300me bru\u0302le\u0301e ÜBER the café"])
    begins = np.flatnonzero(np.diff(tokens.span_ids[0], prepend=-1))
    first_pieces = bert.convert_ids_to_tokens(tokens.input_ids[begins].tolist())
    assert len(begins) == 5
    assert [piece[0] for piece in first_pieces] == ["[", "c", "u", "c", "["]


def test_lone_surrogates_are_replaced_one_by_one(bert: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    span_tokenizer = SpanTokenizer(bert, segmenter, 64)
    surrogates = span_tokenizer(["the \ud800\udc00 old man"])
    replacements = span_tokenizer(["the \ufffd\ufffd old man"])
    assert surrogates.input_ids.tolist() == replacements.input_ids.tolist()


def test_the_tokenizer_of_the_caller_is_not_changed(bert: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    before = bert.backend_tokenizer.to_str()
    SpanTokenizer(bert, segmenter, 8)(TEXTS)
    assert bert.backend_tokenizer.to_str() == before


def test_no_texts_give_no_examples(bert: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    tokens = SpanTokenizer(bert, segmenter, 8)([])
    assert len(tokens) == 0
    assert list(tokens.examples()) == []


def test_slow_tokenizers_are_refused(segmenter: Segmenter) -> None:
    class SlowTokenizer:
        is_fast = False

    with pytest.raises(ConfigurationError, match=r"the tokenizer SlowTokenizer is a slow one.*tokenizer\.json"):
        SpanTokenizer(SlowTokenizer(), segmenter, 8)  # type: ignore[arg-type]


@pytest.mark.parametrize("texts", [["a", "b"], ["a", "b"] * 400])
def test_tokenizers_without_an_unknown_token_are_refused_where_they_need_one(
    texts: list[str], segmenter: Segmenter
) -> None:
    bare = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0})))
    tokenizer = SpanTokenizer(bare, segmenter, 12)
    assert tokenizer(["a"]).input_ids.tolist() == [0]
    with pytest.raises(
        ConfigurationError, match=r"encoder: the tokenizer cannot split a text \(WordLevel error: Missing"
    ):
        tokenizer(texts)


def test_limits_without_room_for_words_are_refused(bert: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    with pytest.raises(ConfigurationError, match=r"max_tokens is 2, but every text gets 2 special tokens.* at least 3"):
        SpanTokenizer(bert, segmenter, 2)
    span_tokenizer = SpanTokenizer(bert, segmenter, 4)
    with pytest.raises(ConfigurationError, match=r"max_tokens is 4, but every text gets 3 special tokens.* at least 5"):
        span_tokenizer(["a"], ["b"])


@pytest.mark.parametrize("answer", [[True, False], [True, True, False], [1, 0, 1]])
def test_invalid_results_of_a_segmenter_are_refused(answer: list[bool]) -> None:
    class BrokenSegmenter(Segmenter):
        def begins(self, words: Words) -> NDArray[np.bool_]:
            return np.array(answer)

        def fingerprint(self) -> str:
            return "broken"

    with pytest.raises(ValueError, match=r"BrokenSegmenter\.begins must return one bool for each of the 3 words"):
        checked_begins(BrokenSegmenter(), find_words(["one two", "", "three"]))


@pytest.mark.parametrize("with_pairs", [False, True])
def test_many_texts_equal_a_few_at_a_time(
    tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter, with_pairs: bool
) -> None:
    """Compare batches that a thread tokenizes in portions with batches that are too small for that."""
    texts = [" ".join(f"word {row % word}" for word in range(1, 2 + row % 9)) for row in range(950)]
    texts[500] = ""
    seconds = texts[::-1] if with_pairs else None
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, max_tokens=16)
    at_once = span_tokenizer(texts, seconds)
    parts = [span_tokenizer(texts[i : i + 90], seconds and seconds[i : i + 90]) for i in range(0, len(texts), 90)]
    for name in ("input_ids", "sentences", "truncated"):
        assert np.array_equal(getattr(at_once, name), np.concatenate([getattr(part, name) for part in parts])), name
    type_ids = [part.token_type_ids for part in parts if part.token_type_ids is not None]
    if type_ids:
        assert np.array_equal(at_once.token_type_ids, np.concatenate(type_ids))
    else:
        assert at_once.token_type_ids is None
    assert np.array_equal(at_once.span_ids, np.concatenate([part.span_ids for part in parts], axis=1))
    assert np.diff(at_once.bounds).tolist() == [size for part in parts for size in np.diff(part.bounds).tolist()]
