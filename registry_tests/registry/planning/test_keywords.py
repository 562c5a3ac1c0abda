"""``**kwargs``: followed through constructors, constructor methods and superclasses."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from spanreg.registry import ConfigurationError, FromParams, Params, Registrable, plan_params, signature_of
from spanreg.registry.planning.keywords import KeywordUse, keyword_use

CONSTRUCTED: list[str] = []


class Vocabulary:
    pass


class Embedder(Registrable):
    pass


@Embedder.register("table")
class TableEmbedder(Embedder):
    def __init__(self, name: str) -> None:
        CONSTRUCTED.append(name)
        self.name = name


class Model(Registrable):
    def __init__(self, vocab: Vocabulary, embedder: Embedder = None, scale: float = 1.0) -> None:
        self.vocab, self.embedder, self.scale = vocab, embedder, scale


@Model.register("tagger")
@Model.register("made", constructor="make")
@Model.register("stretched", constructor="stretched")
@Model.register("remade", constructor="remake")
class Tagger(Model):
    def __init__(self, encoder: Embedder, layers: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.encoder, self.layers = encoder, layers

    @classmethod
    def make(cls, words: int = 3, **kwargs: Any) -> Tagger:
        return cls(layers=words, **kwargs)

    @classmethod
    def stretched(cls, factor: float, **kwargs: Any) -> Tagger:
        kwargs["scale"] = kwargs.pop("base", 1.0) * factor
        return cls(**kwargs)

    @classmethod
    def remake(cls, more: int, **kwargs: Any) -> Tagger:
        return cls.make(words=more + 1, **kwargs)


@Model.register("plain_made", constructor="make")
class PlainModel(Model):
    """Model whose constructor method calls the ``__init__`` of the superclass."""

    @classmethod
    def make(cls, words: int, **kwargs: Any) -> PlainModel:
        return cls(**kwargs)


class Reader(Registrable):
    def __init__(self, max_instances: Optional[int] = None) -> None:
        self.max_instances = max_instances


@Reader.register("conll")
class ConllReader(Reader):
    """Reader that removes former names from its ``**kwargs`` before it calls a superclass without any."""

    def __init__(self, tag: str = "ner", **kwargs: Any) -> None:
        self.coding = kwargs.pop("coding_scheme") if "coding_scheme" in kwargs else "bio"
        self.lowercase = kwargs.pop("lowercase", False)
        super().__init__(**kwargs)
        self.tag = tag


@Reader.register("counting")
class CountingReader(ConllReader):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(tag="counted", **kwargs)


class KeepsOptions(FromParams):
    def __init__(self, size: int, **options: Any) -> None:
        self.size, self.options = size, options


class TypedOptions(FromParams):
    def __init__(self, **options: List[int]) -> None:
        self.options = options


VOCAB = Vocabulary()
TABLE = {"type": "table", "name": "t"}


def test_a_constructor_method_takes_arguments_of_the_superclasses() -> None:
    built = Model.from_params(Params({"type": "plain_made", "words": 2, "embedder": TABLE}), vocab=VOCAB)
    assert (type(built.embedder), built.vocab) == (TableEmbedder, VOCAB)
    config = {"type": "made", "words": 2, "encoder": TABLE, "embedder": TABLE, "scale": 2}
    built = Model.from_params(Params(config), vocab=VOCAB)
    assert (type(built.embedder), type(built.encoder), built.vocab) == (TableEmbedder, TableEmbedder, VOCAB)
    assert (built.layers, built.scale) == (2, 2.0)


def test_arguments_that_a_constructor_method_sets_are_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Model.from_params(Params({"type": "made", "layers": 2, "encoding": 1}), vocab=VOCAB)
    assert str(caught.value).splitlines() == [
        "encoder: is required and missing. add it: Embedder",
        "layers: is set by Tagger.make itself. remove it, or use another name",
        "encoding: is not an argument of Tagger.make. did you mean 'encoder'? arguments: words, vocab, embedder, scale",
    ]
    assert Model.from_params({"type": "remade", "more": 3, "encoder": TABLE}, vocab=VOCAB).layers == 4


def test_names_that_a_function_removes_or_adds_are_known() -> None:
    built = Model.from_params({"type": "stretched", "factor": 3, "base": 2.0, "encoder": TABLE}, vocab=VOCAB)
    assert built.scale == 6.0
    reader = Reader.from_params({"type": "conll", "coding_scheme": "bioul", "lowercase": True, "max_instances": 3})
    assert (reader.coding, reader.lowercase, reader.max_instances) == ("bioul", True, 3)
    assert Reader.from_params({"type": "counting", "coding_scheme": "x"}).coding == "x"
    with pytest.raises(ConfigurationError) as caught:
        Reader.from_params({"type": "counting", "codingscheme": "x", "tag": "t"})
    assert str(caught.value).splitlines() == [
        "codingscheme: is not an argument of CountingReader. did you mean 'coding_scheme'? "
        "arguments: max_instances, lowercase",
        "tag: is set by CountingReader itself. remove it, or use another name",
    ]


def test_objects_among_further_keys_are_passed_as_params() -> None:
    built = KeepsOptions.from_params(Params({"size": 1, "inner": {"a": 1}, "many": [{"b": 2}], "plain": [1]}))
    assert isinstance(built.options["inner"], Params)
    assert built.options["inner"].pop_int("a") == 1
    assert built.options["many"][0].pop("b") == 2
    assert built.options["plain"] == [1]
    with pytest.raises(ConfigurationError, match=r"^inner\.size: is required and missing"):
        KeepsOptions.from_params(Params({"size": 1, "inner": {}})).options["inner"].pop("size")
    assert TypedOptions.from_params({"a": [1]}).options == {"a": [1]}


@pytest.mark.parametrize("config", [{"self": 2, "size": 1}, {"size": 1, "self": 2}])
def test_self_is_not_a_key(config: dict[str, int]) -> None:
    (problem,) = plan_params(KeepsOptions, config).problems
    assert str(problem) == "self: is set by KeepsOptions itself. remove it, or use another name"
    assert KeepsOptions.from_params({"size": 1, "cls": 3, "params": 4}).options == {"cls": 3, "params": 4}


def test_keys_that_are_not_strings_are_refused() -> None:
    assert [str(problem) for problem in plan_params(KeepsOptions, {"size": 1, 3: 4, None: 5}).problems] == [  # type: ignore[dict-item]
        "3: the key is 3, an integer. give a string",
        "None: the key is null. give a string",
    ]


def test_arguments_of_the_superclass_are_constructed_first() -> None:
    # As in AllenNLP, so that a seed gives the same initial weights.
    CONSTRUCTED.clear()
    config = {"encoder": {"type": "table", "name": "own"}, "embedder": {"type": "table", "name": "inherited"}}
    Tagger.from_params(config, vocab=VOCAB)
    assert CONSTRUCTED == ["inherited", "own"]


def test_names_are_read_from_the_bytecode_where_there_is_no_source() -> None:
    program = """
class Old(Reader):
    def __init__(self, tag="x", **kwargs):
        self.scheme = kwargs.pop("scheme", None)
        super().__init__(**kwargs)

    @classmethod
    def make(cls, **kwargs):
        return cls(**kwargs)

class Kept(Reader):
    def __init__(self, **kwargs):
        super().__init__()
        self.kept = kwargs
"""
    namespace: dict[str, Any] = {"Reader": Reader, "__name__": "typed_in"}
    exec(program, namespace)
    old = namespace["Old"]
    assert old.from_params({"scheme": "s", "max_instances": 2}).scheme == "s"
    assert [problem.path for problem in plan_params(old, {"shceme": "s"}).problems] == ["shceme"]
    assert signature_of(old.make, old).rest is Any
    assert namespace["Kept"].from_params({"anything": 1}).kept == {"anything": 1}
    assert "typed_in" not in sys.modules


def names_used(function: Any) -> tuple[set[str], set[str], bool]:
    """Return the names that a function takes and adds, and whether it accepts any name."""
    use = keyword_use(function)
    return set(use.taken), set(use.provided), use.is_open


def test_uses_of_kwargs_are_read_from_the_source() -> None:
    class Base:
        def __init__(self, **kwargs: Any) -> None: ...

    class Sub(Base):
        def reads(self, **kwargs: Any) -> None:
            if not kwargs or "a" in kwargs:
                del kwargs["b"]
            kwargs.setdefault("c", 1)
            kwargs.update(d=2)
            self.kept = kwargs
            for _ in kwargs.items():
                len(kwargs)

        def passes_the_dict(self, **kwargs: Any) -> None:
            helper(kwargs)

        def pops_every_name(self, **kwargs: Any) -> None:
            for name in list(kwargs):
                kwargs.pop(name)

        def skips_a_superclass(self, **kwargs: Any) -> None:
            super(Base, self).__init__(**kwargs)

        def calls_super_twice(self, x: int, **kwargs: Any) -> None:
            super().__init__(x, a=1, **kwargs)
            super().__init__(x, *[], a=1, b=2, **kwargs)

    def helper(values: Dict[str, Any]) -> None: ...

    assert names_used(Sub.reads) == ({"a", "b"}, {"c", "d"}, False)
    assert names_used(Sub.passes_the_dict)[2]
    assert names_used(Sub.pops_every_name)[2]
    assert names_used(Sub.skips_a_superclass)[2]
    calls = keyword_use(Sub.calls_super_twice).passed
    assert [(set(call.names), call.positions) for call in calls] == [({"a"}, 1), ({"a", "b"}, 1)]
    # A function written in C has neither source nor bytecode.
    assert keyword_use(ord) == KeywordUse()


def test_the_source_is_not_read_if_the_file_has_changed_since_its_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["class Late:", "    def __init__(self, size, **kwargs):", "        self.kept = kwargs.pop('depth')"]
    file = tmp_path / "changing_part.py"
    file.write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    import changing_part  # type: ignore[import-not-found]

    other = ["class Early:", "    def __init__(self, other, **kwargs):", "        super().__init__(**kwargs)"]
    file.write_text("\n".join([*other, *lines]))
    linecache.checkcache()
    assert keyword_use(changing_part.Late.__init__).taken == {"depth"}
    assert keyword_use(changing_part.Late.__init__).passed == ()


class CallsModelByName(Model):
    """Model that calls its superclass by name."""

    def __init__(self, encoder: Embedder, **kwargs: Any) -> None:
        Model.__init__(self, VOCAB, **kwargs)
        self.encoder = encoder


class SkipsNextSuperclass(Reader, Model):
    """Class that passes its ``**kwargs`` to a superclass that is not the next one."""

    def __init__(self, **kwargs: Any) -> None:
        Model.__init__(self, **kwargs)


def test_kwargs_are_followed_to_superclasses_called_by_name() -> None:
    assert signature_of(CallsModelByName).names == ["encoder", "embedder", "scale"]
    assert signature_of(CallsModelByName).rest is None
    assert CallsModelByName.from_params({"encoder": TABLE, "scale": 2}).vocab is VOCAB
    assert signature_of(SkipsNextSuperclass).rest is Any
