"""``**kwargs`` are followed through constructors, constructor methods and superclasses."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from spanreg.registry import ConfigurationError, FromParams, Params, Registrable, plan_params, signature_of
from spanreg.registry.planning.keywords import KeywordUse, keyword_use

MADE: list[str] = []


class Vocabulary:
    pass


class Embedder(Registrable):
    pass


@Embedder.register("table")
class Table(Embedder):
    def __init__(self, name: str) -> None:
        MADE.append(name)
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
class Plain(Model):
    """Its constructor method leads to the superclass's ``__init__``."""

    @classmethod
    def make(cls, words: int, **kwargs: Any) -> Plain:
        return cls(**kwargs)


class Reader(Registrable):
    def __init__(self, max_instances: Optional[int] = None) -> None:
        self.max_instances = max_instances


@Reader.register("conll")
class Conll(Reader):
    """Takes a former name out of its ``**kwargs`` before the superclass, which is closed, sees them."""

    def __init__(self, tag: str = "ner", **kwargs: Any) -> None:
        self.coding = kwargs.pop("coding_scheme") if "coding_scheme" in kwargs else "bio"
        self.lowercase = kwargs.pop("lowercase", False)
        super().__init__(**kwargs)
        self.tag = tag


@Reader.register("counting")
class Counting(Conll):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(tag="counted", **kwargs)


class Keeping(FromParams):
    def __init__(self, size: int, **options: Any) -> None:
        self.size, self.options = size, options


class Typed(FromParams):
    def __init__(self, **options: List[int]) -> None:
        self.options = options


VOCAB = Vocabulary()
TABLE = {"type": "table", "name": "t"}


def test_a_constructor_method_gets_what_the_superclasses_take() -> None:
    built = Model.from_params(Params({"type": "plain_made", "words": 2, "embedder": TABLE}), vocab=VOCAB)
    assert (type(built.embedder), built.vocab) == (Table, VOCAB)
    config = {"type": "made", "words": 2, "encoder": TABLE, "embedder": TABLE, "scale": 2}
    built = Model.from_params(Params(config), vocab=VOCAB)
    assert (type(built.embedder), type(built.encoder), built.vocab) == (Table, Table, VOCAB)
    assert (built.layers, built.scale) == (2, 2.0)


def test_it_does_not_ask_for_what_it_passes_itself() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Model.from_params(Params({"type": "made", "layers": 2, "encoding": 1}), vocab=VOCAB)
    assert str(caught.value).splitlines() == [
        "encoder: is required and missing. add it: Embedder",
        "layers: is set by Tagger.make itself. remove it, or use another name",
        "encoding: is not an argument of Tagger.make. did you mean 'encoder'? arguments: words, vocab, embedder, scale",
    ]
    assert Model.from_params({"type": "remade", "more": 3, "encoder": TABLE}, vocab=VOCAB).layers == 4


def test_names_that_a_function_takes_out_or_puts_in() -> None:
    built = Model.from_params({"type": "stretched", "factor": 3, "base": 2.0, "encoder": TABLE}, vocab=VOCAB)
    assert built.scale == 6.0
    reader = Reader.from_params({"type": "conll", "coding_scheme": "bioul", "lowercase": True, "max_instances": 3})
    assert (reader.coding, reader.lowercase, reader.max_instances) == ("bioul", True, 3)
    assert Reader.from_params({"type": "counting", "coding_scheme": "x"}).coding == "x"
    with pytest.raises(ConfigurationError) as caught:
        Reader.from_params({"type": "counting", "codingscheme": "x", "tag": "t"})
    assert str(caught.value).splitlines() == [
        "codingscheme: is not an argument of Counting. did you mean 'coding_scheme'? "
        "arguments: max_instances, lowercase",
        "tag: is set by Counting itself. remove it, or use another name",
    ]


def test_what_is_left_over_arrives_as_params() -> None:
    built = Keeping.from_params(Params({"size": 1, "inner": {"a": 1}, "many": [{"b": 2}], "plain": [1]}))
    assert isinstance(built.options["inner"], Params)
    assert built.options["inner"].pop_int("a") == 1
    assert built.options["many"][0].pop("b") == 2
    assert built.options["plain"] == [1]
    with pytest.raises(ConfigurationError, match=r"^inner\.size: is required and missing"):
        Keeping.from_params(Params({"size": 1, "inner": {}})).options["inner"].pop("size")
    assert Typed.from_params({"a": [1]}).options == {"a": [1]}


@pytest.mark.parametrize("key", ["self", "size"])
def test_the_name_of_the_object_itself_is_no_key(key: str) -> None:
    (problem,) = plan_params(Keeping, {"size": 1, **dict.fromkeys([key], 1), "self": 2}).problems
    assert str(problem) == "self: is set by Keeping itself. remove it, or use another name"
    assert Keeping.from_params({"size": 1, "cls": 3, "params": 4}).options == {"cls": 3, "params": 4}


def test_keys_that_are_no_strings() -> None:
    assert [str(problem) for problem in plan_params(Keeping, {"size": 1, 3: 4, None: 5}).problems] == [  # type: ignore[dict-item]
        "3: the key is 3, an integer. give a string",
        "None: the key is null. give a string",
    ]


def test_a_class_constructs_what_its_superclass_takes_first() -> None:
    """AllenNLP's order, so that a seed gives the same initial weights."""
    MADE.clear()
    config = {"encoder": {"type": "table", "name": "own"}, "embedder": {"type": "table", "name": "inherited"}}
    Tagger.from_params(config, vocab=VOCAB)
    assert MADE == ["inherited", "own"]


def test_without_source_the_constants_of_the_code_are_names() -> None:
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
    names: dict[str, Any] = {"Reader": Reader, "__name__": "typed_in"}
    exec(program, names)
    old = names["Old"]
    assert old.from_params({"scheme": "s", "max_instances": 2}).scheme == "s"
    assert [problem.path for problem in plan_params(old, {"shceme": "s"}).problems] == ["shceme"]
    assert signature_of(old.make, old).rest is Any
    assert names["Kept"].from_params({"anything": 1}).kept == {"anything": 1}
    assert "typed_in" not in sys.modules


def use(function: Any) -> tuple[set[str], set[str], bool]:
    found = keyword_use(function)
    return set(found.taken), set(found.provided), found.is_open


def test_uses() -> None:
    class Base:
        def __init__(self, **kwargs: Any) -> None: ...

    class Sub(Base):
        def asks(self, **kwargs: Any) -> None:
            if not kwargs or "a" in kwargs:
                del kwargs["b"]
            kwargs.setdefault("c", 1)
            kwargs.update(d=2)
            self.kept = kwargs
            for _ in kwargs.items():
                len(kwargs)

        def gives_away(self, **kwargs: Any) -> None:
            helper(kwargs)

        def loops(self, **kwargs: Any) -> None:
            for name in list(kwargs):
                kwargs.pop(name)

        def elsewhere(self, **kwargs: Any) -> None:
            super(Base, self).__init__(**kwargs)

        def twice(self, x: int, **kwargs: Any) -> None:
            super().__init__(x, a=1, **kwargs)
            super().__init__(x, *[], a=1, b=2, **kwargs)

    def helper(values: Dict[str, Any]) -> None: ...

    assert use(Sub.asks) == ({"a", "b"}, {"c", "d"}, False)
    assert use(Sub.gives_away)[2]
    assert use(Sub.loops)[2]
    assert use(Sub.elsewhere)[2]
    assert [(set(one.names), one.positions) for one in keyword_use(Sub.twice).passed] == [({"a"}, 1), ({"a", "b"}, 1)]
    assert keyword_use(ord) == KeywordUse()


def test_a_file_that_has_changed_since_its_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


class Named(Model):
    """Calls its superclass by name."""

    def __init__(self, encoder: Embedder, **kwargs: Any) -> None:
        Model.__init__(self, VOCAB, **kwargs)
        self.encoder = encoder


class Mixed(Reader, Model):
    """Passes its ``**kwargs`` to a superclass that is not the next one."""

    def __init__(self, **kwargs: Any) -> None:
        Model.__init__(self, **kwargs)


def test_superclasses_that_are_called_by_name() -> None:
    assert signature_of(Named).names == ["encoder", "embedder", "scale"]
    assert signature_of(Named).rest is None
    assert Named.from_params({"encoder": TABLE, "scale": 2}).vocab is VOCAB
    assert signature_of(Mixed).rest is Any
