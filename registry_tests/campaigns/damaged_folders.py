"""Folders to damage, with their readers: runs, studies, checkpoints, caches and dictionaries."""

from __future__ import annotations

import functools
import json
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from registry_tests.campaigns.scenarios import TEXT, make_config
from spanreg.benchmarks.harness.pretended import execute_pretended
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.dictionaries.sampling.reading import SamplingProgress
from spanreg.dictionaries.tables.artefact import about_dictionary, read_dictionary, write_dictionary
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import files_below, hash_file, write_sealed
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.run_results import read_run
from spanreg.studies.exchange.verification import verify
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import run_states
from spanreg.studies.execute.record import PlannedRun
from spanreg.training.config.assembly import assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.loop.checkpoints import CheckpointFolder
from spanreg.training.runs.claim import claim_run
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

_KEY = "f" * 32
TEXTS = ["the red fox saw a brown bear", "a brown bear slept"]


class DamageSubject(ABC):
    """A folder to damage, and its readers."""

    sealed: ClassVar[bool] = True
    "The files have checksums, so that no damage may change the result of a reader."
    repairs: ClassVar[bool] = False
    "The reader replaces damaged files instead of raising an error."
    other_names: ClassVar[tuple[str, ...]] = ()
    "Names that an error may use in place of the path."

    @property
    def name(self) -> str:
        return type(self).__name__

    @abstractmethod
    def make(self, folder: Path) -> None:
        """Write the undamaged folder."""

    @abstractmethod
    def read(self, folder: Path) -> Any:
        """Call the readers, and return their results for comparison."""

    def names(self, folder: Path) -> list[str]:
        """Return the files to damage, one at a time."""
        return [name for name in ("manifest.json", *files_below(folder)) if (folder / name).is_file()]


_SCRATCH = tempfile.TemporaryDirectory(prefix="spanreg-fuzz-", ignore_cleanup_errors=True)
"Folder of what several subjects share; it is removed when the process ends."


@functools.cache
def _trained_runs() -> Path:
    """Return a folder with a finished run and a stopped one."""
    folder = Path(_SCRATCH.name, "runs")
    folder.mkdir()
    os.environ["SPANREG_CACHE"] = str(folder / "cache")
    config = make_config(folder)
    config["training"] = {"max_steps": 2, "batch_size": 8, "max_tokens": 32, "checkpoint_every": 1, "keep": 1}
    train(Params(config), folder / "run")
    shutil.copytree(folder / "run", folder / "stopped")
    status = json.loads((folder / "stopped" / "status.json").read_text())
    (folder / "stopped" / "status.json").write_text(json.dumps({**status, "state": "running"}))
    return folder


class FinishedRun(DamageSubject):
    """A finished run, which is read by prediction and by a study."""

    def make(self, folder: Path) -> None:
        shutil.copytree(_trained_runs() / "run", folder)
        shutil.rmtree(folder / "checkpoints")

    def read(self, folder: Path) -> Any:
        run = finished_run(folder)
        records = [run.read(name) for name in ("config", "data", "environment", "metrics", "inference")]
        scores = SavedRun(folder).score(TEXTS)
        result = read_run(PlannedRun("1", "plain", 5, "run"), folder)
        assert result.predictions is not None
        return [records, scores.logits.tolist(), result.predictions.predictions.tolist(), result.figures]  # type: ignore[union-attr]

    def names(self, folder: Path) -> list[str]:
        not_read = ("train.log", ".lock", "README.md", "config.jsonnet")
        return [name for name in super().names(folder) if not name.endswith(not_read)]


class RunWithoutChecksums(FinishedRun):
    """A run without checksums."""

    sealed = False

    def make(self, folder: Path) -> None:
        super().make(folder)
        for manifest in (folder / "manifest.json", folder / "model" / "manifest.json"):
            manifest.unlink()
        (folder / "status.json").write_text('{"state": "finished", "started": "", "ended": ""}')


class StoppedRun(DamageSubject):
    """A stopped run, which is claimed and resumed."""

    sealed = False

    def make(self, folder: Path) -> None:
        shutil.copytree(_trained_runs() / "stopped", folder)

    def read(self, folder: Path) -> Any:
        copy = folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        config = json.loads((_trained_runs() / "run" / "config.json").read_text())
        with claim_run(copy, config) as run:
            run.make_way(config)
            run.start_training()
            return run.resumed

    def names(self, folder: Path) -> list[str]:
        return ["status.json", "config.json", "environment.json", "data.json"]


class StoppedStudyRun(StoppedRun):
    """A stopped run of a study, which restarts it if it is damaged."""

    def read(self, folder: Path) -> Any:
        copy = folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        execute_pretended({"seed": 1}, str(copy))
        return True


class VerifiedRun(FinishedRun):
    """A finished run, of which ``spanreg verify`` compares every file."""

    def read(self, folder: Path) -> Any:
        faults = [fault for checked in verify(folder) for fault in checked.faults]
        if faults:
            raise ConfigurationError(faults[0])
        return {name: hash_file(folder / name) for name in self.names(folder)}

    def names(self, folder: Path) -> list[str]:
        return [name for name in DamageSubject.names(self, folder) if name not in ("train.log", ".lock")]


class CheckpointFiles(DamageSubject):
    """A checkpoint; resuming compares every file."""

    def make(self, folder: Path) -> None:
        shutil.copytree(_trained_runs() / "run" / "checkpoints" / "step-2", folder / "step-2")

    def read(self, folder: Path) -> Any:
        if CheckpointFolder(folder).latest(with_best=True) is None:
            raise ConfigurationError(f"there is no valid checkpoint in {folder}")
        return {name: hash_file(folder / name) for name in self.names(folder)}

    def names(self, folder: Path) -> list[str]:
        return files_below(folder)


class FinishedStudy(DamageSubject):
    """A finished study: its plan and its results."""

    def make(self, folder: Path) -> None:
        arms = [{"name": name, "config": {"data": {"type": "demo"}, "seed": 1}} for name in ("plain", "mean")]
        runs = [
            {"id": f"{arm['name']}{seed}", "arm": arm["name"], "seed": seed, "folder": f"runs/{arm['name']}-{seed}"}
            for arm in arms
            for seed in (1, 2)
        ]
        plan: dict[str, Any] = {"name": "s", "about": "", "baseline": "plain", "metric": None, "split": None}
        plan |= {"reserve": 0.0, "modes": [], "arms": arms, "runs": runs, "code": "c", "included": [], "source": ""}
        write_sealed(folder / "plan.json", {**plan, "format": 1})
        for run in runs:
            execute_pretended({"seed": run["seed"], "arm": run["arm"]}, str(folder / run["folder"]))

    def read(self, folder: Path) -> Any:
        study = StudyReader(folder)
        states = [state.state for state in run_states(study, study.read())]
        results = read_results(study)
        return [states, [arm.scores for arm in results.arms], results.caption]

    def names(self, folder: Path) -> list[str]:
        run = "runs/plain-1"
        read = ("manifest.json", "metrics.json", "data.json", "inference.json", "predictions/validation.jsonl")
        return ["plan.json", *(f"{run}/{name}" for name in read)]


class StudyWithoutChecksums(FinishedStudy):
    """A study without checksums."""

    sealed = False
    other_names = ("'plain, seed 1'", "in: plain.")

    def make(self, folder: Path) -> None:
        super().make(folder)
        plan = json.loads((folder / "plan.json").read_text())
        (folder / "plan.json").write_text(json.dumps({key: plan[key] for key in plan if key != "sha256"}))
        for path in (folder / "runs").iterdir():
            (path / "manifest.json").unlink()
            (path / "status.json").write_text('{"state": "finished"}')

    def names(self, folder: Path) -> list[str]:
        return [name for name in super().names(folder) if "manifest" not in name] + ["runs/plain-1/status.json"]


class DictionaryFile(DamageSubject):
    """A sampled dictionary, whose file has a hash of its entries."""

    def make(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "corpus.txt").write_text(TEXT)
        write_dictionary(
            NgramDictionary(str(folder / "corpus.txt"), jobs=1).new_sample(), folder / "dictionary.parquet"
        )

    def read(self, folder: Path) -> Any:
        table = read_dictionary(folder / "dictionary.parquet")
        metadata = about_dictionary(table)
        return [table.to_pydict(), metadata["lowercase"], metadata["word_rule"]]

    def names(self, folder: Path) -> list[str]:
        return ["dictionary.parquet"]


class CacheFolder(DamageSubject):
    """A cache of prepared data and a sampled dictionary, which are created again if they are damaged."""

    repairs = True

    def make(self, folder: Path) -> None:
        complete = Path(_SCRATCH.name, "cache")
        if not complete.exists():
            complete.mkdir()
            self._config = make_config(complete)
            self._assemble(complete / "cache")
        shutil.copytree(complete / "cache", folder)

    def read(self, folder: Path) -> Any:
        splits = self._assemble(folder)
        return {name: [split.dataset.to_dict(), split.layers, split.labelled] for name, split in splits.items()}

    def _assemble(self, cache: Path) -> Any:
        os.environ["SPANREG_CACHE"] = str(cache)
        return assemble(Experiment.from_params(Params(self._config).duplicate())).splits

    def names(self, folder: Path) -> list[str]:
        return [name for name in files_below(folder) if not name.endswith(".lock")]


class SamplingState(DamageSubject):
    """The state of an interrupted sampling, which restarts if the state is damaged."""

    def make(self, folder: Path) -> None:
        folder.mkdir()

        def copy_state(progress: SamplingProgress) -> None:
            if progress.stage == "4-grams":
                shutil.copytree(_working_folder(), folder, dirs_exist_ok=True)

        self._sample(copy_state)

    def read(self, folder: Path) -> Any:
        shutil.rmtree(_working_folder(), ignore_errors=True)
        shutil.copytree(folder, _working_folder())
        _working_folder().chmod(0o700)
        return self._sample()

    def _sample(self, report: Callable[[SamplingProgress], None] = lambda progress: None) -> Any:
        counts = sample_ngrams([TEXT.encode()], max_n=5, min_count=2, key=_KEY, report=report)
        return [counts.words, [(level.words.tolist(), level.counts.tolist()) for level in counts.levels]]

    def names(self, folder: Path) -> list[str]:
        return ["state.npz"]


def _working_folder() -> Path:
    """Return the folder in which ``sample_ngrams`` keeps the state of this key."""
    return Path(tempfile.gettempdir()) / f"spanreg-sampling-{os.getuid()}-{_KEY}"


SUBJECTS: tuple[DamageSubject, ...] = tuple(
    subject()
    for subject in (
        FinishedRun,
        RunWithoutChecksums,
        VerifiedRun,
        StoppedRun,
        StoppedStudyRun,
        CheckpointFiles,
        FinishedStudy,
        StudyWithoutChecksums,
        DictionaryFile,
        CacheFolder,
        SamplingState,
    )
)
