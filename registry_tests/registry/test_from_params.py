"""Components written for AllenNLP, with nothing but their imports changed."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import Any, Dict, List, Optional, Tuple, Union

import pytest

from spanreg.registry import ConfigurationError, FromParams, Lazy, Params, Registrable, plan_params, stand_in


class Vocabulary:
    """Run-time argument that AllenNLP passes to all components."""

    def __init__(self, size: int = 0) -> None:
        self.size = size


class TokenIndexer(Registrable):
    default_implementation = "single_id"


@TokenIndexer.register("single_id")
class SingleIdIndexer(TokenIndexer):
    def __init__(self, namespace: str = "tokens", lowercase: bool = False) -> None:
        self.namespace, self.lowercase = namespace, lowercase


class Embedder(Registrable):
    pass


@Embedder.register("embedding")
@Embedder.register("from_size", constructor="from_size")
class Embedding(Embedder):
    def __init__(self, dim: int, vocab: Vocabulary = None, weight: float = None) -> None:
        self.dim, self.vocab, self.weight = dim, vocab, weight

    @classmethod
    def from_size(cls, vocab: Vocabulary, per_word: float = 2.0) -> Embedding:
        return cls(int(vocab.size * per_word), vocab)


@Embedder.register("stack")
class Stack(Embedder):
    def __init__(self, embedders: Dict[str, Embedder], order: Optional[List[str]] = None) -> None:
        self.embedders, self.order = embedders, order


class Reader(Registrable):
    def __init__(self, max_instances: Optional[int] = None, shuffle: bool = False) -> None:
        self.max_instances, self.shuffle = max_instances, shuffle


@Reader.register("text")
class TextReader(Reader):
    """Reader that passes further keys to its superclass."""

    def __init__(self, indexers: Dict[str, TokenIndexer] = None, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(**kwargs)
        self.indexers = indexers or {"tokens": SingleIdIndexer()}


@Reader.register("pairs")
class PairReader(TextReader):
    def __init__(self, separator: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.separator = separator


class Optimizer(Registrable):
    default_implementation = "sgd"


@Optimizer.register("sgd")
class Sgd(Optimizer):
    def __init__(
        self, parameters: List[Tuple[str, float]], lr: float = 0.1, betas: Tuple[float, float] = (0.9, 0.999)
    ) -> None:
        self.parameters, self.lr, self.betas = parameters, lr, betas


class Model(Registrable):
    def __init__(self, vocab: Vocabulary, name: str = "model") -> None:
        self.vocab, self.name = vocab, name


@Model.register("tagger")
class Tagger(Model):
    def __init__(
        self,
        vocab: Vocabulary,
        embedder: Embedder,
        optimizer: Lazy[Optimizer] = Lazy(Optimizer),  # noqa: B008 (as AllenNLP's users write it)
        scheduler: Optional[Lazy[Optimizer]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        self.embedder, self.scheduler = embedder, scheduler
        self.optimizer = optimizer.construct(parameters=[("w", 1.0)])
        self.second_optimizer = optimizer.construct(parameters=[("v", 2.0)])


@Model.register("popping")
class PoppingModel(Model):
    """Model that pops its own keys, and raises an error if one is left."""

    def __init__(self, vocab: Vocabulary, inner: Embedder, sizes: List[int]) -> None:
        super().__init__(vocab)
        self.inner, self.sizes = inner, sizes

    @classmethod
    def from_params(cls, params: Params, vocab: Vocabulary, **extras: Any) -> PoppingModel:
        inner = Embedder.from_params(params.pop("inner"), vocab=vocab)
        count = params.pop_int("count", 1)
        sizes = [size.pop_int("size") for size in params.pop("sizes", [])] * count
        params.assert_empty(cls.__name__)
        return cls(vocab, inner, sizes)


@Model.register("strict")
class ModelWithoutExtras(Model):
    """Model whose ``from_params`` takes no further extras."""

    @classmethod
    def from_params(cls, params: Params, vocab: Vocabulary) -> ModelWithoutExtras:
        return cls(vocab, params.pop("name", "none"))


@Model.register("super")
class TitledModel(Model):
    """Model that changes its params before it calls ``super().from_params``."""

    @classmethod
    def from_params(cls, params, constructor_to_call=None, constructor_to_inspect=None, **extras):  # type: ignore[no-untyped-def]
        assert constructor_to_call is cls
        params["name"] = params.pop("title") + "!"
        return super().from_params(
            params=params,
            constructor_to_call=constructor_to_call,
            constructor_to_inspect=constructor_to_inspect,
            **extras,
        )


class RenamingFamily(Registrable):
    """Family whose base overrides ``from_params``."""

    @classmethod
    def from_params(cls, params: Params, **extras: Any) -> RenamingFamily:
        if "kind" in params:
            params["type"] = params.pop("kind")
        return super().from_params(params, **extras)


@RenamingFamily.register("one")
class RenamedPart(RenamingFamily):
    def __init__(self, size: int, vocab: Vocabulary = None) -> None:
        self.size, self.vocab = size, vocab


class Activation(Registrable):
    """Family of functions. Its entries are written to ``_registry``, as AllenNLP does for activations."""


Registrable._registry[Activation] = {"linear": (lambda: lambda value: value, None)}


@Activation.register("scaled")
def scaled(by: float, vocab: Vocabulary | None = None) -> Any:
    return lambda value: value * by * (vocab.size if vocab else 1)


class WithActivation(FromParams):
    def __init__(self, activation: Activation, vocab: Vocabulary = None) -> None:
        self.activation = activation


class SlottedPart(FromParams):
    __slots__ = ("_size", "parts")

    def __init__(self, size: int, parts: Iterable[TokenIndexer] = ()) -> None:
        self._size, self.parts = size, list(parts)


class DoublingPart(FromParams):
    def __init__(self, size: int) -> None:
        self.doubled = 2 * size


TAGGER = {
    "type": "tagger",
    "embedder": {"type": "stack", "embedders": {"a": {"type": "embedding", "dim": 3}, "b": "from_size"}},
    "optimizer": {"type": "sgd", "lr": 1, "betas": [0.5, 0.6]},
    "name": "mine",
}


def test_a_tree_with_a_lazy_optimizer_and_extras_at_depth() -> None:
    vocab = Vocabulary(5)
    model = Model.from_params(Params(TAGGER), vocab=vocab)
    assert isinstance(model, Tagger)
    assert (model.name, model.vocab, model.scheduler) == ("mine", vocab, None)
    assert model.embedder.embedders["a"].vocab is vocab
    assert model.embedder.embedders["b"].dim == 10
    assert (model.optimizer.lr, model.optimizer.betas, model.optimizer.parameters) == (1.0, (0.5, 0.6), [("w", 1.0)])
    assert model.second_optimizer is not model.optimizer
    assert model.second_optimizer.parameters == [("v", 2.0)]


def test_a_lazy_default_is_constructed() -> None:
    config = {"type": "tagger", "embedder": {"type": "embedding", "dim": 3}}
    assert Model.from_params(Params(config), vocab=Vocabulary()).optimizer.lr == 0.1


def test_params_are_unchanged_and_count_as_read() -> None:
    params = Params(pickle.loads(pickle.dumps(TAGGER)))
    Model.from_params(params, vocab=Vocabulary())
    assert params.as_dict(quiet=True) == TAGGER
    params.assert_empty("Model")
    assert Model.from_params(params, vocab=Vocabulary(7)).embedder.embedders["b"].dim == 14


def test_from_params_accepts_names_and_dicts() -> None:
    assert TokenIndexer.from_params("single_id").namespace == "tokens"
    assert TokenIndexer.from_params({"lowercase": True}).lowercase
    assert Embedding.from_params(Params({"type": "embedding", "dim": 3})).dim == 3
    with pytest.raises(ConfigurationError, match="the config of TokenIndexer is 3, an integer. give Params"):
        TokenIndexer.from_params(3)  # type: ignore[arg-type]


def test_keys_of_superclasses_pass_through_kwargs() -> None:
    reader = Reader.from_params(
        Params({"type": "pairs", "separator": "|", "indexers": {"x": "single_id"}, "max_instances": 3, "shuffle": True})
    )
    assert (reader.separator, list(reader.indexers), reader.max_instances, reader.shuffle) == ("|", ["x"], 3, True)
    with pytest.raises(ConfigurationError) as caught:
        Reader.from_params(Params({"type": "pairs", "separator": "|", "max_instance": 3}))
    assert str(caught.value) == (
        "max_instance: is not an argument of PairReader. "
        "did you mean 'max_instances'? arguments: separator, indexers, shuffle"
    )


def test_a_class_may_pop_its_own_params() -> None:
    config = {"type": "popping", "inner": {"type": "embedding", "dim": 3}, "count": "2", "sizes": [{"size": 4}]}
    model = Model.from_params(Params(config), vocab=Vocabulary(5), ignored=1)
    assert (model.inner.vocab.size, model.sizes) == (5, [4, 4])
    assert "inner" in config
    with pytest.raises(ConfigurationError, match="PoppingModel does not take 'x'. remove or rename"):
        Model.from_params(Params({**config, "x": 1}), vocab=Vocabulary())
    with pytest.raises(ConfigurationError, match="inner.dim: is required and missing"):
        Model.from_params(Params({**config, "inner": {"type": "embedding"}}), vocab=Vocabulary())
    with pytest.raises(ConfigurationError, match="^inner: is required and missing. add it$"):
        Model.from_params(Params({"type": "popping"}), vocab=Vocabulary())


def test_extras_are_left_out_if_from_params_does_not_take_them() -> None:
    assert Model.from_params(Params({"type": "strict"}), vocab=Vocabulary(), other=3).name == "none"


def test_from_params_may_call_super() -> None:
    model = Model.from_params(Params({"type": "super", "title": "t"}), vocab=Vocabulary(3), other=3)
    assert (type(model), model.name, model.vocab.size) == (TitledModel, "t!", 3)


def test_a_base_may_override_from_params() -> None:
    vocab = Vocabulary()
    built = RenamingFamily.from_params(Params({"kind": "one", "size": 3}), vocab=vocab)
    assert (type(built), built.size, built.vocab) == (RenamedPart, 3, vocab)

    class Holder(FromParams):
        def __init__(self, inner: RenamingFamily = None, many: list = ()) -> None:  # type: ignore[type-arg]
            self.inner = inner

    # Annotations are text here, which local names are written into.
    Holder.__init__.__annotations__["inner"] = RenamingFamily
    assert Holder.from_params(Params({"inner": {"kind": "one", "size": 4}}), vocab=vocab).inner.vocab is vocab
    with pytest.raises(
        ConfigurationError, match="^inner.sise: is not an argument of RenamedPart. did you mean 'size'?"
    ):
        Holder.from_params(Params({"inner": {"kind": "one", "size": 4, "sise": 4}}))


def test_constructor_to_call_and_to_inspect() -> None:
    def make(dim: int) -> Any:
        return ("made", dim)

    def look(dim: float) -> None: ...

    assert Embedding.from_params(Params({"dim": 3}), constructor_to_call=make) == ("made", 3)
    assert Embedding.from_params(Params({"dim": 3}), make, look) == ("made", 3.0)
    assert Embedding.from_params(Params({}), constructor_to_call=Embedding.from_size, vocab=Vocabulary(2)).dim == 4


def test_a_registered_function_may_be_a_component() -> None:
    assert WithActivation.from_params(Params({"activation": "linear"})).activation(3) == 3
    config = {"activation": {"type": "scaled", "by": 2}}
    assert WithActivation.from_params(Params(config)).activation(3) == 6
    assert WithActivation.from_params(Params(config), vocab=Vocabulary(5)).activation(3) == 30
    assert Activation.by_name("linear")()(4) == 4


def test_the_config_wins_over_extras() -> None:
    assert Embedding.from_params(Params({"dim": 3, "weight": 2}), weight=9.0).weight == 2.0
    assert Embedding.from_params(Params({"dim": 3}), weight=9.0).weight == 9.0


def test_to_params_returns_the_config_of_a_tree() -> None:
    model = Model.from_params(Params(TAGGER), vocab=Vocabulary(5))
    assert model.to_params().as_dict() == TAGGER
    again = Model.from_params(model.to_params(), vocab=Vocabulary(5))
    assert again.to_params().as_dict() == TAGGER


def test_to_params_reads_the_attributes_of_an_object_created_in_python() -> None:
    by_hand = Stack({"a": SingleIdIndexer()}, order=["a"])  # type: ignore[dict-item]
    assert by_hand.to_params().as_dict() == {
        "type": "stack",
        "embedders": {"a": {"type": "single_id", "namespace": "tokens", "lowercase": False}},
        "order": ["a"],
    }
    slotted = SlottedPart.from_params(Params({"size": 3, "parts": ["single_id"]}))
    assert slotted.to_params()["size"] == 3
    with pytest.raises(ConfigurationError, match="DoublingPart has no attribute 'size', so its config is unknown"):
        DoublingPart(3).to_params()


def test_a_class_may_define_its_own_params() -> None:
    class OwnParams(FromParams):
        def _to_params(self) -> Dict[str, Any]:
            return {"inner": SingleIdIndexer("n"), "many": [SingleIdIndexer()]}

    assert OwnParams().to_params().as_dict()["inner"] == {"type": "single_id", "namespace": "n", "lowercase": False}


def test_a_later_change_of_the_config_does_not_change_the_plan() -> None:
    config: Dict[str, Any] = {"type": "stack", "embedders": {"a": {"type": "embedding", "dim": 3}}}
    plan = plan_params(Embedder, config)
    config["embedders"]["a"]["dim"] = "x"
    del config["type"]
    built = plan.construct()
    assert built.embedders["a"].dim == 3
    assert built.to_params()["type"] == "stack"


def test_a_union_of_families_accepts_components_of_each() -> None:
    class Either(FromParams):
        def __init__(self, part: Any) -> None:
            self.part = part

    Either.__init__.__annotations__["part"] = Union[TokenIndexer, Embedder, None]
    assert isinstance(Either.from_params(Params({"part": {"type": "embedding", "dim": 1}})).part, Embedding)
    assert isinstance(Either.from_params(Params({"part": "single_id"})).part, SingleIdIndexer)


def test_from_params_of_none_returns_none() -> None:
    assert Model.from_params(None) is None


class DefaultedPart(FromParams):
    def __init__(self, rate: float = 0.5, size: int = 3, embedder: Lazy[Embedder] = Lazy(Embedder)) -> None:  # noqa: B008
        self.all = rate, size, embedder


class RequiredPart(FromParams):
    def __init__(self, rate: float) -> None: ...


def test_null_for_an_argument_with_a_default_gets_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert DefaultedPart.from_params(Params({"rate": None, "embedder": None})).all == (None, 3, None)
    message = (
        "null, which its type does not allow; None is passed anyway. give a number, remove it, or annotate the argument"
    )
    assert caplog.messages[0] == f"rate: is {message} as optional"
    assert [problem.path for problem in plan_params(DefaultedPart, {"rate": None, "size": None}).warnings] == [
        "rate",
        "size",
    ]
    assert plan_params(DefaultedPart, {"rate": 1.0}).warnings == ()
    assert [str(problem) for problem in plan_params(RequiredPart, {"rate": None}).problems] == [
        "rate: is null. give a number"
    ]


def test_null_for_a_built_in_component_is_a_problem() -> None:
    encoder = stand_in("spanreg.encoders.tiny", "TinyEncoder")
    plan = plan_params(encoder, {"dim": None})
    assert (len(plan.problems), plan.warnings) == (1, ())
