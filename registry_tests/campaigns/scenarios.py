"""Scenarios of the torture campaign: trainings, studies, searches, sampling, caches and evaluations."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from registry_tests.campaigns.torture import Scenario
from registry_tests.in_process import InProcessExecutor
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.tables.artefact import write_dictionary
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import VerifiedFolder, hash_file
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute import run as study_run
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import FINISHED, run_states
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.training.config.assembly import assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.loop.quiet import quiet_libraries
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.evaluate import evaluate_on_split
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

TEXT = "the red fox saw a brown bear . the red fox ran . a brown bear slept .\n" * 10
_MEASURED = ("seconds", "examples_per_second", "peak_memory")


def make_config(shared_folder: Path) -> dict[str, Any]:
    """Return the config of a run of a second, which evaluates between checkpoints and loads the best weights."""
    corpus = shared_folder / "corpus.txt"
    corpus.write_text(TEXT, encoding="utf-8")
    return {
        "seed": 5,
        "data": {"type": "demo", "limit": 24},
        "encoder": {"type": "tiny", "dim": 16, "layers": 1},
        "dictionary": {"type": "ngram", "corpus": str(corpus)},
        "aggregator": {"type": "hierarchical_cnn"},
        "training": {
            **{"epochs": 2, "batch_size": 8, "learning_rate": 1e-3, "max_tokens": 32, "precision": "fp32"},
            **{"evaluate_every": 3, "log_every": 3, "checkpoint_every": 2, "load": "best", "metric": "loss", "keep": 1},
        },
    }


def run_results(run: Path) -> dict[str, Any]:
    """Return metrics and file hashes of a run, without measured times and memory."""
    metrics = finished_run(run).read("metrics")
    for measured in _MEASURED:
        del metrics["training"][measured]
    names = ("model/model.safetensors", "model/config.json", "predictions/validation.jsonl", "data.json")
    return {"metrics": metrics, **{name: hash_file(run / name) for name in names}}


class TrainingScenario(Scenario):
    """An interrupted run resumes, and its results are bit-identical to those of an uninterrupted run."""

    name: ClassVar[str] = "training"

    def __init__(self, shared_folder: Path) -> None:
        super().__init__(shared_folder)
        os.environ["SPANREG_CACHE"] = str(shared_folder / "cache")
        quiet_libraries()
        self.config = make_config(shared_folder)
        self._steps: dict[Path, int] = {}

    def perform(self, folder: Path) -> None:
        train(Params(self.config), folder / "run")

    def outcome(self, folder: Path) -> Any:
        return run_results(folder / "run")

    def faults(self, folder: Path) -> Iterator[str]:
        run, before = RunFolder(folder / "run"), self._steps.get(folder, 0)
        if is_finished := (run.status() or {}).get("state") == "finished":
            yield from (f"{name} {fault}" for name, fault in VerifiedFolder(run.path).faults().items())
        else:
            latest = run.checkpoints.latest(with_best=True)
            self._steps[folder] = latest.step if latest else 0
            if self._steps[folder] < before:
                yield f"the checkpoint of step {before} is lost, {self._steps[folder]} is there"
        # A process that was killed early may not have read the checkpoint yet.
        continued = is_finished or self._steps[folder] > before
        if (
            before
            and continued
            and f"resuming from the checkpoint of step {before}" not in (run.path / "train.log").read_text()
        ):
            yield f"the checkpoint of step {before} was not used"


class StudyScenario(Scenario):
    """A study whose driver is killed resumes with the remaining runs, which are pretended."""

    name: ClassVar[str] = "studies"

    def __init__(self, shared_folder: Path) -> None:
        super().__init__(shared_folder)
        arms = {"plain": {"aggregator": "none"}, "mean": {"aggregator": "mean_pool"}}
        params = Params({"base": make_config(shared_folder), "arms": arms, "seeds": [1, 2], "retries": 0})
        self.plan: StudyPlan = plan_study(StudyDefinition.from_params(params.duplicate()), params)
        self._finished: dict[Path, dict[str, int]] = {}

    def perform(self, folder: Path) -> None:
        study_run._WORK = "spanreg.benchmarks.harness.pretended:execute_pretended"
        end = run_study(self.plan, folder / "study", InProcessExecutor(), StudyRequest("s"), update=True)
        for _, problem in end.failed:
            kind = ConfigurationError if problem.startswith("cannot write") else RuntimeError
            raise kind(problem)

    def outcome(self, folder: Path) -> Any:
        found: dict[str, Any] = {}
        for run in StudyReader(folder / "study").read().unique_runs():
            path = folder / "study" / run.folder
            names = ("metrics.json", "predictions/validation.jsonl", "data.json", "config.json")
            found[run.folder] = [(path / name).read_bytes() for name in names]
        return found

    def faults(self, folder: Path) -> Iterator[str]:
        study = StudyReader(folder / "study")
        record = study.find() if (study.path / "plan.json").exists() else None
        states = run_states(study, record) if record else []
        done = [state.run.folder for state in states if state.state == FINISHED]
        now = {name: (study.path / name / "status.json").stat().st_mtime_ns for name in done}
        before = self._finished.get(folder, {})
        self._finished[folder] = now
        yield from (f"{name} was lost or repeated" for name in before if now.get(name) != before[name])
        for name in done:
            yield from (f"{name}/{file} {fault}" for file, fault in VerifiedFolder(study.path / name).faults().items())


class SearchScenario(Scenario):
    """A killed search resumes with the remaining trials and the same proposals."""

    name: ClassVar[str] = "searches"
    share: ClassVar[float] = 0.1

    def __init__(self, shared_folder: Path) -> None:
        super().__init__(shared_folder)
        os.environ["SPANREG_CACHE"] = str(shared_folder / "cache")
        quiet_libraries()
        rates = {"low": 1e-4, "high": 1e-2, "log": True}
        space = {"training.learning_rate": rates, "aggregator": ["none", "mean_pool"]}
        base = {**make_config(shared_folder), "training": {"max_steps": 2, "batch_size": 8, "max_tokens": 32}}
        params = Params({"base": base, "seeds": [1], "search": {"space": space, "trials": 3}})
        self.plan = plan_study(StudyDefinition.from_params(params.duplicate()), params)

    def perform(self, folder: Path) -> None:
        from spanreg.studies.search.search import search_setting

        search_setting(self.plan, folder / "study", InProcessExecutor(), StudyRequest("s"))

    def outcome(self, folder: Path) -> Any:
        found = json.loads((folder / "study" / "search" / "trials.json").read_text())
        return [(trial["setting"], trial["value"]) for trial in found["trials"]]

    def leftovers(self, folder: Path) -> Iterator[str]:
        yield from super().leftovers(folder)
        yield from (f"left {path.relative_to(folder)}" for path in folder.rglob("checkpoints"))


class SamplingScenario(Scenario):
    """An interrupted sampling resumes after its last finished pass, and leaves only its dictionary."""

    name: ClassVar[str] = "sampling"

    def __init__(self, shared_folder: Path) -> None:
        super().__init__(shared_folder)
        self.corpus = shared_folder / "corpus.txt"
        self.corpus.write_text(TEXT, encoding="utf-8")

    def prepare(self, folder: Path) -> None:
        (folder / "tmp").mkdir(parents=True)

    def perform(self, folder: Path) -> None:
        tempfile.tempdir = str(folder / "tmp")
        os.environ["SPANREG_CACHE"] = str(folder / "cache")
        table = NgramDictionary(str(self.corpus), jobs=1).table()
        write_dictionary(table, folder / "out" / "dictionary.parquet")

    def outcome(self, folder: Path) -> Any:
        return [hash_file(path) for path in sorted(folder.rglob("*.parquet"))]

    def leftovers(self, folder: Path) -> Iterator[str]:
        yield from super().leftovers(folder)
        yield from (f"left {path.relative_to(folder)}" for path in (folder / "tmp").iterdir())


class PreparationScenario(Scenario):
    """Prepared data in a cache are complete or absent."""

    name: ClassVar[str] = "preparation"
    share: ClassVar[float] = 0.5

    def __init__(self, shared_folder: Path) -> None:
        super().__init__(shared_folder)
        self.config = make_config(shared_folder)
        quiet_libraries()

    def perform(self, folder: Path) -> None:
        os.environ["SPANREG_CACHE"] = str(folder / "cache")
        assemble(Experiment.from_params(Params(self.config).duplicate()))

    def outcome(self, folder: Path) -> Any:
        return {str(path.relative_to(folder)): hash_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}


class EvaluationScenario(Scenario):
    """A finished run stays valid while the evaluation of a split is added."""

    name: ClassVar[str] = "evaluation"
    share: ClassVar[float] = 0.5

    def __init__(self, shared_folder: Path) -> None:
        super().__init__(shared_folder)
        os.environ["SPANREG_CACHE"] = str(shared_folder / "cache")
        quiet_libraries()
        self.config = {**make_config(shared_folder), "training": {"max_steps": 1, "max_tokens": 32}}
        train(Params(self.config), shared_folder / "trained")

    def prepare(self, folder: Path) -> None:
        shutil.copytree(self.shared_folder / "trained", folder / "run")

    def perform(self, folder: Path) -> None:
        evaluate_on_split(SavedRun(folder / "run"), "test")

    def outcome(self, folder: Path) -> Any:
        names = ("metrics.json", "predictions/test.jsonl", "manifest.json", "status.json")
        return [hash_file(folder / "run" / name) for name in names]

    def faults(self, folder: Path) -> Iterator[str]:
        yield from (f"{name} {fault}" for name, fault in VerifiedFolder(folder / "run").faults().items())


SCENARIOS: dict[str, type[Scenario]] = {
    scenario.name: scenario
    for scenario in (
        TrainingScenario,
        StudyScenario,
        SearchScenario,
        SamplingScenario,
        PreparationScenario,
        EvaluationScenario,
    )
}
