"""Archives of AllenNLP: config, vocabulary, and models of registered classes; hostile and damaged archives."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from registry_tests.integrations.allennlp.archives import (
    CONFIG,
    archive_files,
    model_weights,
    torch_bytes,
    write_archive,
)
from spanreg.integrations.allennlp import Vocabulary, read_archive
from spanreg.integrations.allennlp import members as members_module
from spanreg.limits import limited
from spanreg.registry import ConfigurationError, Registrable


class Model(Registrable, torch.nn.Module):
    """Base class of a user's models, as AllenNLP has it."""

    def __init__(self, vocab: Vocabulary) -> None:
        super().__init__()
        self.vocab = vocab


@pytest.fixture(autouse=True)
def bag_of_words() -> None:
    """Register the class of the model in ``CONFIG``."""

    @Model.register("bag_of_words", exist_ok=True)
    class BagOfWords(Model):
        def __init__(self, vocab: Vocabulary, dim: int) -> None:
            super().__init__(vocab)
            self.embedding = torch.nn.Embedding(vocab.get_vocab_size("tokens"), dim)
            self.scorer = torch.nn.Linear(dim, vocab.get_vocab_size("labels"))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return the path of an archive of all files."""
    return write_archive(tmp_path / "model.tar.gz", archive_files())


@pytest.mark.parametrize("prefix", ["", "./"])
def test_config_and_vocabulary_are_read(tmp_path: Path, prefix: str) -> None:
    found = read_archive(write_archive(tmp_path / "model.tar.gz", archive_files(), prefix=prefix))
    assert found.config.as_dict(quiet=True) == CONFIG
    assert found.meta == {"version": "2.10.1"}
    vocabulary = found.vocabulary
    assert vocabulary.tokens() == ["@@PADDING@@", "@@UNKNOWN@@", "the", "fox", "a\nb", "\x85"]
    assert vocabulary.labels() == ["no", "yes"], "labels have no padding"
    assert vocabulary.namespaces == ["labels", "tokens"]
    assert repr(vocabulary) == "Vocabulary(labels: 2, tokens: 6)"


def test_the_vocabulary_has_the_methods_of_allennlp(archive: Path) -> None:
    vocabulary = read_archive(archive).vocabulary
    assert [vocabulary.get_token_index(word) for word in ("the", "bear")] == [2, 1]
    assert vocabulary.get_token_from_index(1, "labels") == "yes"
    assert vocabulary.get_token_to_index_vocabulary("labels") == {"no": 0, "yes": 1}
    assert vocabulary.get_index_to_token_vocabulary("labels") == {0: "no", 1: "yes"}
    assert vocabulary.get_namespaces() == {"tokens", "labels"}
    assert (vocabulary.get_vocab_size(), vocabulary.get_vocab_size("none")) == (6, 0)
    with pytest.raises(KeyError):
        vocabulary.get_token_index("maybe", "labels")
    with pytest.raises(ConfigurationError, match="the vocabulary has no namespace 'label'. did you mean 'labels'"):
        vocabulary.tokens("label")


def test_the_model_is_built_with_its_weights(archive: Path) -> None:
    found, weights = read_archive(archive), model_weights()
    model = found.build(Model)
    assert type(model).__name__ == "BagOfWords"
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    assert {name: value.shape for name, value in found.weights().items()} == {
        name: value.shape for name, value in weights.items()
    }
    untrained = found.build(Model, weights=False)
    assert not torch.equal(untrained.scorer.bias, weights["scorer.bias"])


def test_every_weight_that_does_not_fit_is_named(tmp_path: Path) -> None:
    weights = {"embedding.weight": torch.zeros(5, 3), "scorer.weight": torch.zeros(2, 3), "old.bias": torch.zeros(1)}
    files = archive_files({"weights.th": torch_bytes(weights)})
    found = read_archive(write_archive(tmp_path / "model.tar.gz", files))
    with pytest.raises(ConfigurationError) as caught:
        found.build(Model)
    assert str(caught.value).splitlines() == [
        f"the weights of {tmp_path / 'model.tar.gz'} do not fit BagOfWords. register the class that was trained, "
        "with its options; or build it with weights=False",
        "'scorer.bias' is missing",
        "'old.bias' is not in the model",
        "'embedding.weight' has the shape (5, 3), that of the model is (6, 3)",
    ]


def test_an_unregistered_class_and_a_missing_key_are_named(tmp_path: Path) -> None:
    config = {**CONFIG, "model": {"type": "bag_of_wrods", "dim": 3}}
    files = archive_files({"config.json": json.dumps(config).encode()})
    found = read_archive(write_archive(tmp_path / "model.tar.gz", files))
    with pytest.raises(
        ConfigurationError, match=r"model\.type: 'bag_of_wrods' is not registered for Model. did you mean"
    ):
        found.build(Model)
    with pytest.raises(ConfigurationError, match=r"model\.tar\.gz: the config has no 'reader'. name another key"):
        found.build(Model, "reader")


class HostilePickle:
    """Object whose pickle runs a command when it is loaded."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch owned",)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(torch_bytes({"embedding.weight": HostilePickle()}), id="object"),
        pytest.param(pickle.dumps(HostilePickle()), id="pickle"),
        pytest.param(b"not weights", id="text"),
        pytest.param(b"", id="empty"),
        pytest.param(torch_bytes([1, 2]), id="list"),
    ],
)
def test_weights_other_than_plain_tensors_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_archive(write_archive(tmp_path / "model.tar.gz", archive_files({"weights.th": content})))
    with pytest.raises(ConfigurationError, match=r"weights\.th"):
        found.weights()
    assert not (tmp_path / "owned").exists()


def tar_member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Return a member of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        (tar_member("../evil"), "has a name that leads out of it"),
        (tar_member("vocabulary/../../evil.txt"), "has a name that leads out of it"),
        (tar_member("/tmp/evil"), "has a name that leads out of it"),
        (tar_member("vocabulary/C:evil.txt"), "has a name that leads out of it, or is not portable"),
        (tar_member("vocabulary/a\nb.txt"), "has a name that leads out of it, or is not portable"),
        (tar_member("vocabulary/tags.txt", tarfile.SYMTYPE, "/etc/passwd"), "is not a plain file or folder"),
        (tar_member("vocabulary/tags.txt", tarfile.LNKTYPE, "config.json"), "is not a plain file or folder"),
        (tar_member("pipe", tarfile.FIFOTYPE), "is not a plain file or folder"),
        (tar_member("device", tarfile.CHRTYPE), "is not a plain file or folder"),
        (tar_member("config.json"), "is there twice"),
        (tar_member("./config.json"), "is there twice"),
    ],
    ids=lambda value: value.name if isinstance(value, tarfile.TarInfo) else "",
)
def test_hostile_members_are_refused_and_not_extracted(tmp_path: Path, extra: tarfile.TarInfo, fault: str) -> None:
    before = set(tmp_path.parent.rglob("*"))
    path = write_archive(tmp_path / "model.tar.gz", archive_files(), extra)
    with pytest.raises(ConfigurationError) as caught:
        read_archive(path)
    assert str(caught.value).startswith(f"{path} is not an archive of AllenNLP: its member ")
    assert fault in str(caught.value)
    assert set(tmp_path.parent.rglob("*")) - before == {path}


def test_archives_beyond_the_limits_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = archive_files({"vocabulary/tokens.txt": b"a\n" * (1 << 21)})
    path = write_archive(tmp_path / "model.tar.gz", files)
    # A packed file of any size may expand to 64 MB.
    monkeypatch.setattr("spanreg.limits.ALWAYS_FINE", 1 << 20)
    with pytest.raises(ConfigurationError, match="expands to more than .* allow more: --limit expansion=N"):
        read_archive(path)
    monkeypatch.undo()
    with limited(["json=1K"]), pytest.raises(ConfigurationError, match=r"vocabulary/tokens\.txt in .* is larger than"):
        read_archive(path)
    monkeypatch.setattr(members_module, "MOST_MEMBERS", 3)
    with pytest.raises(ConfigurationError, match="it has more than 3 members"):
        read_archive(path)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"config.json": None}, "it has no config.json"),
        ({"config.json": b"{"}, "config.json is not JSON"),
        ({"config.json": b"[1]"}, "config.json is not a JSON object"),
        ({"config.json": b'{"a": "\xff"}'}, "config.json is not UTF-8 (byte 7)"),
        ({"config.json": b'{"a": ' * 150 + b"1" + b"}" * 150}, "levels"),
        ({"vocabulary/tokens.txt": b"\xff"}, "vocabulary/tokens.txt is not UTF-8 (byte 0)"),
        ({"vocabulary/non_padded_namespaces.txt": None}, "the vocabulary has no non_padded_namespaces.txt"),
    ],
    ids=["missing", "cut", "list", "bytes", "deep", "tokens", "namespaces"],
)
def test_the_fault_of_a_damaged_archive_is_named(tmp_path: Path, changes: dict[str, bytes | None], fault: str) -> None:
    path = write_archive(tmp_path / "model.tar.gz", archive_files(changes))
    with pytest.raises(ConfigurationError) as caught:
        read_archive(path)
    assert fault in str(caught.value)


def test_files_that_are_not_archives_are_refused(tmp_path: Path, archive: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:200])
    text = tmp_path / "text.tar.gz"
    text.write_bytes(b"text")
    packed = tmp_path / "packed.tar.gz"
    packed.write_bytes(gzip.compress(b"text" * 1000))
    for path in (cut, text, packed):
        with pytest.raises(ConfigurationError, match="is not an archive of AllenNLP: it cannot be read"):
            read_archive(path)
    with pytest.raises(ConfigurationError, match="there is no file .*missing"):
        read_archive(tmp_path / "missing")
    with pytest.raises(ConfigurationError, match="is a folder. give a model.tar.gz that 'allennlp train' wrote"):
        read_archive(tmp_path)


def test_an_archive_may_have_a_config_alone(tmp_path: Path) -> None:
    files = {"config.json": json.dumps(CONFIG).encode()}
    found = read_archive(write_archive(tmp_path / "model.tar.gz", files))
    assert (found.vocabulary.namespaces, found.meta, found.has_weights) == ([], {}, False)
    with pytest.raises(ConfigurationError, match=r"has no weights\.th. give an archive with weights"):
        found.weights()


def test_reading_stops_at_the_limit() -> None:
    stream = members_module.LimitedReader(io.BytesIO(b"abcdef"), 4, Path("x"))
    assert stream.read(4) == b"abcd"
    with pytest.raises(ConfigurationError, match="x expands to more than 4 bytes"):
        stream.read(1)
