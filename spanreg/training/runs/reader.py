"""Reading a finished run: every file is verified against the run's manifest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from spanreg.registry import ConfigurationError
from spanreg.storage import DamagedFileError, VerifiedFolder, require_text_path
from spanreg.training.runs.layout import AGAIN, STATUS, RunFolder

_WEIGHTS: Final = (".safetensors", ".onnx", ".onnx.data")


class RunReader(RunFolder):
    """Reads the files of a finished run, or of an exported one, verified against its manifest.

    A run that an earlier version of spanreg wrote has no manifest; its files are taken as they are.

    ``RunReader(Path("run")).read("metrics")``

    Parameters:
        path: the folder.
        hint: how to repair or replace the run, for errors.

    Raises:
        DamagedFileError: its manifest is damaged.
    """

    def __init__(self, path: Path, hint: str = AGAIN) -> None:
        super().__init__(path)
        self.files = VerifiedFolder(path, hint)

    @property
    def has_config(self) -> bool:
        """Whether the folder says what the run was trained on, and how."""
        return (self.path / "config.json").exists()

    def read(self, name: str) -> dict[str, Any]:
        return self.files.read_object(f"{name}.json")

    def verify_inputs(self) -> None:
        """Verify all that makes a model's inputs: every small file, and no weights.

        Raises:
            DamagedFileError: some are not as they were written; all of these at once.
        """
        listed = self.files.manifest.names() if self.files.manifest else []
        small = [name for name in listed if not name.startswith("predictions/") and not name.endswith(_WEIGHTS)]
        self.verify(*small, "dictionary.parquet", "dictionaries", "files")

    def verify(self, *names: str) -> None:
        """Verify files and whole folders, relative to the run's; without any, all files of the manifest.

        Raises:
            DamagedFileError: some are not as they were written; all of these at once.
        """
        self.files.verify(*names)


class ModelFolder(RunReader):
    """Reads a model folder that has left its run: tokenizer, dictionary and segmenter are inside it.

    ``ModelFolder(Path("run/model")).read("inference")``
    """

    def __init__(self, path: Path, hint: str = "copy the folder again from its run") -> None:
        super().__init__(path, hint)
        self.model = path

    @property
    def has_config(self) -> bool:
        return False


def reader_of(path: Path) -> RunReader:
    """Return the reader of a run, of an exported one, or of a model folder on its own."""
    alone = (path / "inference.json").is_file() and not (path / "model").is_dir()
    return ModelFolder(path) if alone else RunReader(path)


@contextmanager
def loading(path: Path, hint: str = AGAIN) -> Iterator[None]:
    """Turn whatever a library raises over a file of a run into one error for the user.

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
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")
        raise DamagedFileError(f"{path} cannot be loaded ({reason})", hint=hint) from error


def finished_run(path: Path) -> RunReader:
    """Return the reader of a finished run, or of a model folder on its own.

    Raises:
        ConfigurationError: there is no folder, it is not a run's, or the run is not finished.
        DamagedFileError: its state or its manifest is damaged.
    """
    require_text_path(path)
    if not path.is_dir():
        raise ConfigurationError(f"there is no folder {path}", hint="name a folder that 'spanreg train' wrote")
    if isinstance(alone := reader_of(path), ModelFolder):
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
