"""Everything that is read from a run: each file is verified against the run's manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from spanreg.registry import ConfigurationError
from spanreg.storage import DamagedFileError, VerifiedFolder, damaged, in_directory_of, require_text_path
from spanreg.text.reasons import reason_of
from spanreg.training.runs.layout import AGAIN, STATUS, RunFolder

_WEIGHTS: Final = (".safetensors", ".onnx", ".onnx.data")
"Suffixes of files with weights."
_INCLUDE: Final = "--include-package"
_RECORD: Final = frozenset({"idx", "label", "prediction"})
"Fields that every prediction has."


class RunReader(RunFolder):
    """Reads the files of a finished run, or of an exported one, verified against its manifest.

    A run that an earlier version of spanreg wrote has no manifest; its files are read without verification.

    ``RunReader(Path("run")).read("metrics")``

    Parameters:
        path: the folder.
        hint: how to repair or replace the run, for errors.

    Raises:
        DamagedFileError: its manifest is damaged.
    """

    def __init__(self, path: Path, hint: str = AGAIN) -> None:
        super().__init__(path)
        self.hint = hint
        self.files = VerifiedFolder(path, hint)

    @property
    def has_config(self) -> bool:
        """True if the folder has the config of its training."""
        return (self.path / "config.json").exists()

    def read(self, name: str) -> dict[str, Any]:
        return self.files.read_object(f"{name}.json")

    def read_predictions(self, split: str, expected: int | None = None) -> list[dict[str, Any]]:
        """Return the predictions of a split: ``idx``, ``label`` and ``prediction`` of every example.

        Args:
            split: the split.
            expected: number of examples; default: any.

        Raises:
            DamagedFileError: the file is missing, cut or damaged; the first bad line is named.
        """
        path = self.predictions_of(split)
        try:
            text = self.files.read_bytes(path.relative_to(self.path).as_posix()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise damaged(path, f"it is not UTF-8 (byte {error.start})", self.hint) from error
        records = []
        # Not splitlines(), which also divides at characters within a string, such as U+2028.
        for number, line in enumerate(StringIO(text), start=1):
            try:
                records.append(json.loads(line))
                is_prediction = records[-1].keys() >= _RECORD
            # In turn: no JSON, not an object, or lists nested without end in a file from a stranger.
            except (ValueError, AttributeError, RecursionError):
                is_prediction = False
            if not is_prediction:
                raise damaged(path, f"line {number} is not a prediction", self.hint)
        if not records or (expected is not None and len(records) != expected):
            problem = f"{path} is truncated: it has {len(records)} of {expected or 'some'} predictions"
            raise DamagedFileError(problem, hint=self.hint)
        return records

    def read_evaluation(self, split: str, step: int) -> list[Any] | None:
        """Return the predictions of a split by the evaluation after a step, in the order of ``read_predictions``.

        Returns:
            None where the run kept none, as runs of earlier versions did not.

        Raises:
            DamagedFileError: the file is damaged.
        """
        path = self.find_evaluation(split, step)
        if path is None:
            return None
        lines = self.files.read_bytes(path.relative_to(self.path).as_posix()).splitlines()
        try:
            return [json.loads(line) for line in lines]
        except (ValueError, RecursionError) as error:
            raise damaged(path, "it does not have one prediction per line", self.hint) from error

    def included_packages(self) -> list[str]:
        """Return the packages that the command which trained the run included."""
        if not (self.path / "environment.json").exists():
            return []
        command: Sequence[str] = self.read("environment").get("command", [])
        packages = [text for flag, text in pairwise(command) if flag == _INCLUDE]
        return [*packages, *(text.partition("=")[2] for text in command if text.startswith(f"{_INCLUDE}="))]

    @contextmanager
    def in_working_directory(self) -> Iterator[None]:
        """Work in the directory of the training, if it is known: relative paths of the config start there."""
        known = (self.path / "environment.json").exists()
        with in_directory_of(self.path, self.read("environment").get("directory") if known else None):
            yield

    def verify_inputs(self) -> None:
        """Verify all that makes a model's inputs: every small file, and no weights.

        Raises:
            DamagedFileError: files differ from what was written; all of them at once.
        """
        listed = self.files.manifest.names() if self.files.manifest else []
        # Weights are verified when they are loaded; hashing them here would read them twice.
        small = [name for name in listed if not name.startswith("predictions/") and not name.endswith(_WEIGHTS)]
        # The last three also by name, so that a file there that the manifest does not list is reported.
        self.verify(*small, "dictionary.parquet", "dictionaries", "files")

    def verify(self, *names: str) -> None:
        """Verify files and whole folders, relative to the run's; without any, all files of the manifest.

        Raises:
            DamagedFileError: files differ from what was written; all of them at once.
        """
        self.files.verify(*names)


class ModelFolder(RunReader):
    """Reads a model folder that was copied out of its run: tokenizer, dictionary and segmenter are inside it.

    ``ModelFolder(Path("model")).read("inference")``
    """

    def __init__(self, path: Path, hint: str = "copy the folder again from its run") -> None:
        super().__init__(path, hint)
        self.model = path

    @property
    def has_config(self) -> bool:
        return False  # its config.json is that of the model


def open_run(path: Path) -> RunReader:
    """Return the reader of a run, of an exported one, or of a model folder without its run."""
    # A run and an export have these settings next to their folder 'model'; a model folder has a copy inside.
    alone = (path / "inference.json").is_file() and not (path / "model").is_dir()
    return ModelFolder(path) if alone else RunReader(path)


@contextmanager
def loading(path: Path, hint: str = AGAIN) -> Iterator[None]:
    """Turn errors that libraries raise over a file of a run into one error for the user.

    Args:
        path: what is loaded.
        hint: how to repair or replace it.

    Raises:
        DamagedFileError: the block raised something other than our own errors or a lack of memory.
    """
    try:
        yield
    except (ConfigurationError, MemoryError):
        raise
    except Exception as error:
        reason = reason_of(error)
        raise DamagedFileError(f"{path} cannot be loaded ({reason})", hint=hint) from error


def finished_run(path: Path) -> RunReader:
    """Return the reader of a finished run, or of a model folder without its run.

    Raises:
        ConfigurationError: the folder does not exist or is not a run's, or the run is not finished.
        DamagedFileError: its state or its manifest is damaged.
    """
    require_text_path(path)
    if not path.is_dir():
        problem = f"{path} is a file" if path.exists() else f"there is no folder {path}"
        raise ConfigurationError(problem, hint="name a folder that 'spanreg train' wrote")
    if isinstance(alone := open_run(path), ModelFolder):
        return alone
    folder = RunFolder(path)
    if folder.has_damaged_status():
        raise DamagedFileError(f"{path / STATUS} is damaged: it does not hold the state of a run", hint=AGAIN)
    status = folder.status()
    if status is None:
        raise ConfigurationError(
            f"{path} is not a run folder: it has no {STATUS}", hint="name a folder that 'spanreg train' wrote"
        )
    if status["state"] != "finished":
        resumable = folder.checkpoints.steps() and status["state"] != "failed"
        hint = "call 'spanreg train' again to resume it" if resumable else "train it again"
        raise ConfigurationError(f"the run in {path} is not finished: it {folder.ending()}", hint=hint)
    folder.require_whole_status()
    return RunReader(path)
