"""Archives of AllenNLP (``model.tar.gz``): config, vocabulary, weights."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from spanreg.integrations.allennlp.members import not_an_archive, read_members
from spanreg.integrations.allennlp.translation import TranslatedConfig, translate
from spanreg.integrations.allennlp.vocabulary import Vocabulary
from spanreg.limits import limits, spell_bytes
from spanreg.registry import ConfigurationError, Params, Problem
from spanreg.registry.config.params import ConfigOrigin
from spanreg.registry.nesting import check_nesting
from spanreg.text.reasons import reason_of

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

CONFIG: Final = "config.json"
WEIGHTS: Final = "weights.th"
META: Final = "meta.json"
_VOCABULARY: Final = "vocabulary/"
_MOST_NAMED: Final = 8


class AllenNlpArchive:
    """Config, vocabulary and weights of a model that AllenNLP trained; ``read_archive`` returns one.

    ``read_archive("model.tar.gz").build(Model)``

    Nothing is extracted, no module is imported, and weights are read as plain tensors.

    Parameters:
        path: the archive.
        config: its ``config.json``.
        vocabulary: its vocabulary.
        meta: its ``meta.json``, with the version of AllenNLP; empty in archives of older versions.
        has_weights: it has ``weights.th``.
    """

    def __init__(
        self, path: Path, config: Params, vocabulary: Vocabulary, meta: Mapping[str, Any], *, has_weights: bool
    ) -> None:
        self.path = path
        self.config = config
        self.vocabulary = vocabulary
        self.meta = dict(meta)
        self.has_weights = has_weights

    def translated(self) -> TranslatedConfig:
        """Return a config of spanreg for the same encoder, data and training, with notes on what has no counterpart."""
        return translate(self.config.as_dict(quiet=True), self.vocabulary.labels())

    def build(self, cls: type[T], key: str = "model", *, weights: bool = True, **extras: Any) -> T:
        """Build the archive's model, or another part of its config, from classes that are registered in ``cls``.

        Args:
            cls: the base class, a ``Registrable``; the ``type`` in the config selects the registered class.
            key: key of the config.
            weights: load the weights of the archive into the model.
            extras: further arguments that the config does not give; ``vocab`` is the vocabulary of the archive.

        Raises:
            ConfigurationError: a class is not registered, a key does not fit it, or the weights do not fit the model.
        """
        if key not in self.config:
            raise ConfigurationError(f"the config has no '{key}'", file=str(self.path), hint="name another key")
        # A copy: a class that takes ``Params`` may pop keys, and the config is read again for other parts.
        made: T = cls.from_params(self.config.duplicate().get(key), **{"vocab": self.vocabulary, **extras})  # type: ignore[attr-defined]
        if weights:
            self.load_weights(made)
        return made

    def load_weights(self, model: Any) -> None:
        """Load the weights of the archive into a module.

        Raises:
            ConfigurationError: the archive has no weights, or they do not fit; all names at once.
        """
        saved, own = self.weights(), dict(model.state_dict())
        problems = [f"'{name}' is missing" for name in own if name not in saved]
        problems += [f"'{name}' is not in the model" for name in saved if name not in own]
        problems += [
            f"'{name}' has the shape {tuple(saved[name].shape)}, that of the model is {tuple(own[name].shape)}"
            for name in own
            if name in saved and saved[name].shape != own[name].shape
        ]
        if problems:
            more = [f"and {len(problems) - _MOST_NAMED} more"] if len(problems) > _MOST_NAMED else []
            head = Problem(
                f"the weights of {self.path} do not fit {type(model).__name__}",
                hint="register the class that was trained, with its options; or build it with weights=False",
            )
            raise ConfigurationError([head, *map(Problem, [*problems[:_MOST_NAMED], *more])])
        model.load_state_dict(saved)

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the weights by name, on the CPU.

        Raises:
            ConfigurationError: the archive has none, or they are not plain tensors.
        """
        for name, _, content in read_members(self.path) if self.has_weights else ():
            if name == WEIGHTS:
                # The member of a gzip stream can only be read forwards, which torch does not.
                with TemporaryFile() as file:
                    shutil.copyfileobj(content, file)
                    _require_stored(file, self.path)
                    file.seek(0)
                    return _tensors(file, self.path)
        raise ConfigurationError(f"{self.path} has no {WEIGHTS}", hint="give an archive with weights")

    def __repr__(self) -> str:
        return f"AllenNlpArchive({str(self.path)!r}, {self.vocabulary!r})"


def read_archive(path: str | Path) -> AllenNlpArchive:
    """Return an archive of AllenNLP 2.x with its config and vocabulary; weights are read by ``weights`` or ``build``.

    ``read_archive("model.tar.gz").config["model"]["type"]``

    Args:
        path: a ``model.tar.gz`` that ``allennlp train`` wrote.

    Raises:
        ConfigurationError: it is missing, damaged or too large, has links or names that lead out of it, or lacks the
            config or the vocabulary.
    """
    file = Path(path).expanduser()
    objects: dict[str, Any] = {META: {}}  # older versions wrote no meta.json
    texts: dict[str, str] = {}
    has_weights = False
    for name, size, content in read_members(file):
        has_weights = has_weights or name == WEIGHTS
        if name in (CONFIG, META):
            objects[name] = _object(file, name, _text(file, name, size, content))
        elif name.startswith(_VOCABULARY) and name.endswith(".txt"):
            texts[name.removeprefix(_VOCABULARY).removesuffix(".txt")] = _text(file, name, size, content)
    if CONFIG not in objects:
        raise not_an_archive(file, f"it has no {CONFIG}")
    check_nesting(objects[CONFIG], "", str(file))
    config = Params(objects[CONFIG], origin=ConfigOrigin(str(file)))
    vocabulary = Vocabulary.from_texts(texts) if texts else Vocabulary({})
    return AllenNlpArchive(file, config, vocabulary, objects[META], has_weights=has_weights)


def _text(path: Path, name: str, size: int, content: IO[bytes]) -> str:
    """Return a member as text."""
    if size > limits().json:
        hint = "if it is right, allow more: --limit json=N"
        raise ConfigurationError(f"{name} in {path} is larger than {spell_bytes(limits().json)}", hint=hint)
    try:
        return content.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_an_archive(path, f"{name} is not UTF-8 (byte {error.start})") from error


def _object(path: Path, name: str, text: str) -> dict[str, Any]:
    """Return a JSON object from the text of a member."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise not_an_archive(path, f"{name} is not JSON") from error
    if not isinstance(found, dict):
        raise not_an_archive(path, f"{name} is not a JSON object")
    return found


def _require_stored(file: IO[bytes], path: Path) -> None:
    """Raise an error if weights in the form of a zip file, which torch writes unpacked, expand when they are read."""
    size = file.tell()  # the file was written to this place, which is its end
    try:
        with zipfile.ZipFile(file) as packed:
            total = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return  # the older form, a plain pickle
    if total > size:
        raise not_an_archive(path, f"{WEIGHTS} expands to more than its size")


def _tensors(file: IO[bytes], path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a file, which is read without running anything in it."""
    import torch  # late: config and vocabulary are read without it

    try:
        # Security: without weights_only, a pickle runs code.
        found = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged or hostile file may raise any of them, also MemoryError
        problem = f"{WEIGHTS} in {path} cannot be read as plain tensors ({reason_of(error)})"
        raise ConfigurationError(problem, hint="give an archive of a state_dict, as AllenNLP writes it") from error
    if not isinstance(found, dict) or not all(hasattr(value, "shape") for value in found.values()):
        raise not_an_archive(path, f"{WEIGHTS} does not have tensors by name")
    return dict(found)
