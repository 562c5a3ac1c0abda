"""What is damaged: runs, studies, checkpoints, caches, dictionaries, and the readers of each."""

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


class Subject(ABC):
    """A folder that is damaged, and its readers."""

    sealed: ClassVar[bool] = True
    "Whether its files have checksums, so that no damage may change an answer."
    repairs: ClassVar[bool] = False
    "Whether the reader makes damaged things again."
    known_as: ClassVar[tuple[str, ...]] = ()
    "Names by which an error may call it, beside its path."

    @property
    def name(self) -> str:
        return type(self).__name__

    @abstractmethod
    def make(self, folder: Path) -> None:
        """Make a whole one."""

    @abstractmethod
    def read(self, folder: Path) -> Any:
        """Call the readers, and return something that can be compared."""

    def names(self, folder: Path) -> list[str]:
        """The files that are damaged, one at a time."""
        return [name for name in ("manifest.json", *files_below(folder)) if (folder / name).is_file()]


_SCRATCH = tempfile.TemporaryDirectory(prefix="spanreg-fuzz-", ignore_cleanup_errors=True)
"What is made once; it is removed when the process ends."


@functools.cache
def _shared() -> Path:
    """A folder with a finished run, and one that was stopped."""
    place = Path(_SCRATCH.name, "runs")
    place.mkdir()
    os.environ["SPANREG_CACHE"] = str(place / "cache")
    config = make_config(place)
    config["training"] = {"max_steps": 2, "batch_size": 8, "max_tokens": 32, "checkpoint_every": 1, "keep": 1}
    train(Params(config), place / "run")
    shutil.copytree(place / "run", place / "stopped")
    status = json.loads((place / "stopped" / "status.json").read_text())
    (place / "stopped" / "status.json").write_text(json.dumps({**status, "state": "running"}))
    return place


class FinishedRun(Subject):
    """A run: prediction, its figures, and what a study reads of it."""

    def make(self, folder: Path) -> None:
        shutil.copytree(_shared() / "run", folder)
        shutil.rmtree(folder / "checkpoints")

    def read(self, folder: Path) -> Any:
        run = finished_run(folder)
        facts = [run.read(name) for name in ("config", "data", "environment", "metrics", "inference")]
        scores = SavedRun(folder).score(TEXTS)
        result = read_run(PlannedRun("1", "plain", 5, "run"), folder)
        assert result.predictions is not None
        return [facts, scores.logits.tolist(), result.predictions.predictions.tolist(), result.figures]  # type: ignore[union-attr]

    def names(self, folder: Path) -> list[str]:
        unread = ("train.log", ".lock", "README.md", "config.jsonnet")
        return [name for name in super().names(folder) if not name.endswith(unread)]


class EarlierRun(FinishedRun):
    """A run without checksums."""

    sealed = False

    def make(self, folder: Path) -> None:
        super().make(folder)
        for manifest in (folder / "manifest.json", folder / "model" / "manifest.json"):
            manifest.unlink()
        (folder / "status.json").write_text('{"state": "finished", "started": "", "ended": ""}')


class StoppedRun(Subject):
    """A run that is claimed to be resumed."""

    sealed = False

    def make(self, folder: Path) -> None:
        shutil.copytree(_shared() / "stopped", folder)

    def read(self, folder: Path) -> Any:
        copy = folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        config = json.loads((_shared() / "run" / "config.json").read_text())
        with claim_run(copy, config) as run:
            run.make_way(config)
            run.start_training()
            return run.resumed

    def names(self, folder: Path) -> list[str]:
        return ["status.json", "config.json", "environment.json", "data.json"]


class StoppedRunOfAStudy(StoppedRun):
    """One that is made again where it is damaged."""

    def read(self, folder: Path) -> Any:
        copy = folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        execute_pretended({"seed": 1}, str(copy))
        return True


class VerifiedRun(FinishedRun):
    """A run as ``spanreg verify`` reads it: every file is compared."""

    def read(self, folder: Path) -> Any:
        faults = [fault for found in verify(folder) for fault in found.faults]
        if faults:
            raise ConfigurationError(faults[0])
        return {name: hash_file(folder / name) for name in self.names(folder)}

    def names(self, folder: Path) -> list[str]:
        return [name for name in Subject.names(self, folder) if name not in ("train.log", ".lock")]


class Checkpoint(Subject):
    """A checkpoint, of which every file is compared."""

    def make(self, folder: Path) -> None:
        shutil.copytree(_shared() / "run" / "checkpoints" / "step-2", folder / "step-2")

    def read(self, folder: Path) -> Any:
        if CheckpointFolder(folder).latest(with_best=True) is None:
            raise ConfigurationError(f"no checkpoint in {folder} is whole")
        return {name: hash_file(folder / name) for name in self.names(folder)}

    def names(self, folder: Path) -> list[str]:
        return files_below(folder)


class FinishedStudy(Subject):
    """A study's plan, and its results."""

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


class EarlierStudy(FinishedStudy):
    """A study without checksums."""

    sealed = False
    known_as = ("'plain, seed 1'", "in: plain.")

    def make(self, folder: Path) -> None:
        super().make(folder)
        plan = json.loads((folder / "plan.json").read_text())
        (folder / "plan.json").write_text(json.dumps({key: plan[key] for key in plan if key != "sha256"}))
        for path in (folder / "runs").iterdir():
            (path / "manifest.json").unlink()
            (path / "status.json").write_text('{"state": "finished"}')

    def names(self, folder: Path) -> list[str]:
        return [name for name in super().names(folder) if "manifest" not in name] + ["runs/plain-1/status.json"]


class Dictionary(Subject):
    """A sampled dictionary, whose entries have a hash."""

    def make(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "corpus.txt").write_text(TEXT)
        write_dictionary(
            NgramDictionary(str(folder / "corpus.txt"), jobs=1).new_sample(), folder / "dictionary.parquet"
        )

    def read(self, folder: Path) -> Any:
        table = read_dictionary(folder / "dictionary.parquet")
        about = about_dictionary(table)
        return [table.to_pydict(), about["lowercase"], about["word_rule"]]

    def names(self, folder: Path) -> list[str]:
        return ["dictionary.parquet"]


class Cache(Subject):
    """Prepared data and a sampled dictionary, which are made again."""

    repairs = True

    def make(self, folder: Path) -> None:
        whole = Path(_SCRATCH.name, "cache")
        if not whole.exists():
            whole.mkdir()
            self._config = make_config(whole)
            self._assemble(whole / "cache")
        shutil.copytree(whole / "cache", folder)

    def read(self, folder: Path) -> Any:
        splits = self._assemble(folder)
        return {name: [split.dataset.to_dict(), split.layers, split.labelled] for name, split in splits.items()}

    def _assemble(self, cache: Path) -> Any:
        os.environ["SPANREG_CACHE"] = str(cache)
        return assemble(Experiment.from_params(Params(self._config).duplicate())).splits

    def names(self, folder: Path) -> list[str]:
        return [name for name in files_below(folder) if not name.endswith(".lock")]


class SamplingState(Subject):
    """What an interrupted sampling left: it is begun again where that is damaged."""

    def make(self, folder: Path) -> None:
        folder.mkdir()

        def stop(step: SamplingProgress) -> None:
            if step.stage == "4-grams":
                shutil.copytree(_working_folder(), folder, dirs_exist_ok=True)

        self._sample(stop)

    def read(self, folder: Path) -> Any:
        shutil.rmtree(_working_folder(), ignore_errors=True)
        shutil.copytree(folder, _working_folder())
        _working_folder().chmod(0o700)
        return self._sample()

    def _sample(self, report: Callable[[SamplingProgress], None] = lambda step: None) -> Any:
        found = sample_ngrams([TEXT.encode()], max_n=5, min_count=2, key=_KEY, report=report)
        return [found.words, [(level.words.tolist(), level.counts.tolist()) for level in found.levels]]

    def names(self, folder: Path) -> list[str]:
        return ["state.npz"]


def _working_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"spanreg-sampling-{os.getuid()}-{_KEY}"


SUBJECTS: tuple[Subject, ...] = tuple(
    made()
    for made in (
        FinishedRun,
        EarlierRun,
        VerifiedRun,
        StoppedRun,
        StoppedRunOfAStudy,
        Checkpoint,
        FinishedStudy,
        EarlierStudy,
        Dictionary,
        Cache,
        SamplingState,
    )
)
