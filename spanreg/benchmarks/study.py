"""Measure the overhead of a study: per run, of repeating a finished study, and of duplicate preparation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from spanreg.benchmarks.harness import pretended
from spanreg.benchmarks.harness.measure import take_turns
from spanreg.benchmarks.harness.report import BenchReport
from spanreg.executors.local import LocalExecutor
from spanreg.registry import Params
from spanreg.studies.define.folds import config_of_run
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute.folder import StudyReader, StudyWriter
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyRequest, record_of, run_study

FINISHED: Final = 100
"Runs of the finished study that is repeated."
_SEEDS: Final = 5
_MADE: Final = {"dictionary": "Sampling a dictionary", "prepared split": "Prepared "}
"Log messages of a run that makes something that others may share."
_BARE: Final = """
import json, sys
from pathlib import Path
from spanreg.registry import Params
from spanreg.training.loop.quiet import quiet_libraries
from spanreg.training.train import train
quiet_libraries()
for number, config in enumerate(json.load(sys.stdin)):
    train(Params(config), Path(sys.argv[1]) / str(number))
"""
"Script that trains configs one after the other, as a user without a study would."


def bench_study(repeats: int, folder: Path) -> BenchReport:
    """Run a small study in several ways, and repeat a finished one whose runs are simulated.

    Args:
        repeats: number of rounds; medians are reported.
        folder: folder for all files.
    """
    report = BenchReport("study")
    # An empty cache: data prepared by earlier benchmarks would hide duplicate preparation.
    with _cache(folder / "cache"):
        plan = _plan(_base(folder), {"plain": {"aggregator": "none"}, "single": {"segmenter": "single"}}, seeds=2)
        _add_preparation(report, plan, folder / "first")
        _add_times(report, plan, repeats, folder)
        _add_again(report, repeats, folder)
    report.about = {"runs": len(plan.runs), "encoder": "tiny", "repeats": repeats, "threads of a worker": 1}
    return report


def _add_preparation(report: BenchReport, plan: StudyPlan, folder: Path) -> None:
    """Count preparations with two workers and an empty cache."""
    record = run_study(plan, folder, LocalExecutor(jobs=2, threads=1), StudyRequest("study")).record
    for what, (made, distinct) in preparations(StudyReader(folder), record).items():
        report.add(f"times that a distinct {what} was made", made / distinct, "times", "<= 1", f"{made} of {distinct}")


def preparations(folder: StudyReader, record: StudyRecord) -> dict[str, tuple[int, int]]:
    """Return by kind how often dictionaries and prepared splits were made, and how many are distinct."""
    logs, distinct = "", dict[str, set[str]]()
    for run in record.unique_runs():
        path = folder.run_path(run)
        logs += (path / "train.log").read_text(encoding="utf-8")
        data = folder.run(run).read("data")
        distinct.setdefault("prepared split", set()).update(split["prepared"] for split in data.values())
        if (path / "dictionary.parquet").exists():
            distinct.setdefault("dictionary", set()).add(json.dumps(record.arm(run.arm).config["dictionary"]))
    return {what: (logs.count(f": {_MADE[what]}"), len(found)) for what, found in distinct.items()}


def _add_times(report: BenchReport, plan: StudyPlan, repeats: int, folder: Path) -> None:
    """Compare a study with the same trainings in one process, and two workers with one."""
    # Every round needs a new folder, since a finished study is not repeated.
    numbers = count()

    def study(jobs: int) -> Callable[[], object]:
        executor, request = LocalExecutor(jobs, threads=1), StudyRequest("study")
        return lambda: run_study(plan, folder / f"study-{next(numbers)}", executor, request)

    def bare() -> object:
        return _bare(plan, folder / f"bare-{next(numbers)}")

    turns = take_turns({"bare": bare, "one job": study(1), "two jobs": study(2)}, repeats, warm_up=False)
    runs, both = len(plan.runs), zip(turns.seconds["one job"], turns.seconds["bare"], strict=True)
    # By round, since the load of the machine changes between rounds.
    over = sorted((mine - theirs) / runs for mine, theirs in both)
    report.add("bare training, a run", turns.of("bare") / runs, "s")
    report.add("study, overhead a run", over[len(over) // 2], "s", note="over the same trainings in one process")
    report.add("two jobs against one", turns.times_faster("two jobs", "one job"), "times as fast")


def _bare(plan: StudyPlan, folder: Path) -> object:
    """Train the same configs one after the other in one process, as a loop in a script does."""
    return subprocess.run(
        [sys.executable, "-c", _BARE, str(folder)],
        input=json.dumps([dict(run.config) for run in plan.runs]),
        # One thread, as for the workers of the compared studies.
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
        check=True,
        capture_output=True,
    )


def _add_again(report: BenchReport, repeats: int, folder: Path) -> None:
    """Measure the command that finds all runs of a study finished."""
    file, again = folder / "many.json", folder / "again"
    # One less than the study has, because the base is an arm, too.
    arms = {f"rate {number}": {"training": {"learning_rate": number * 1e-6}} for number in range(1, FINISHED // _SEEDS)}
    base = _base(folder)
    study = {"base": base, "arms": arms, "seeds": list(range(1, _SEEDS + 1))}
    file.write_text(json.dumps(study), encoding="utf-8")
    _pretend(_plan(base, arms, seeds=_SEEDS), again)
    command = [sys.executable, "-m", "spanreg", "study", "run", str(file), "-s", str(again), "--json"]

    def run() -> object:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        if json.loads(done.stdout) != {"made": 0, "there": FINISHED, "failed": []}:
            raise RuntimeError(f"the finished study was not skipped: {done.stdout}")
        return done

    run()  # warm-up: file caches and bytecode
    before = _processor_time()
    seconds = take_turns({"again": run}, repeats, warm_up=False).of("again")
    processor = (_processor_time() - before) / repeats
    name = f"study of {FINISHED} finished runs, run again"
    report.add(name, seconds, "s", "<= 2", "the whole command")
    report.add(f"{name}: processor time", processor, "s", note="mean; more reliable than wall time on a busy machine")


def _processor_time() -> float:
    """Return the processor time of all child processes that have ended, in seconds."""
    used = os.times()
    return used.children_user + used.children_system


def _pretend(plan: StudyPlan, path: Path) -> None:
    """Fill a study's folder with finished runs."""
    folder = StudyWriter(path)
    record = record_of(plan, StudyRequest("many"), None)
    folder.write(record)
    for run in record.unique_runs():
        pretended.execute_pretended(
            config_of_run(record.arm(run.arm).config, run.seed, run.fold), str(folder.run_path(run))
        )


def _base(folder: Path) -> dict[str, Any]:
    """Return the config of a tiny experiment that samples a dictionary."""
    corpus = folder / "corpus.txt"
    corpus.write_text("the red fox saw a brown bear . the red fox ran .\n" * 200, encoding="utf-8")
    return {
        "data": {"type": "demo", "limit": 64},
        "encoder": {"type": "tiny", "dim": 16, "layers": 1},
        "dictionary": {"type": "ngram", "corpus": str(corpus)},
        "aggregator": "mean_pool",
        "training": {"epochs": 1, "batch_size": 16, "max_tokens": 32},
    }


def _plan(base: dict[str, Any], arms: dict[str, Any], seeds: int) -> StudyPlan:
    params = Params({"base": base, "arms": arms, "seeds": list(range(1, seeds + 1))})
    return plan_study(StudyDefinition.from_params(params.duplicate()), params)


@contextmanager
def _cache(folder: Path) -> Iterator[None]:
    """Use an empty cache in this process and its children while the block runs."""
    before = os.environ.get("SPANREG_CACHE")
    os.environ["SPANREG_CACHE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SPANREG_CACHE"]
        else:
            os.environ["SPANREG_CACHE"] = before
