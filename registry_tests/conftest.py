"""Fixtures and settings that all tests share: a clean registry, separate caches, no network, one thread."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from registry_tests.slow_tests import longest_first, mark_slow

if TYPE_CHECKING:
    from registry_tests.warm_python import WarmPython

DICTIONARY_TEXT = "the red fox saw a brown bear . the red fox ran . a brown bear slept .\n" * 10
# Before any import of torch, transformers or datasets, which read these variables once: the conftest.py of a folder
# that was given on the command line is imported before ``pytest_configure``. The caches belong to this session, so that
# no test reads what an earlier version of the code wrote.
CACHES = TemporaryDirectory(prefix="spanreg-tests-", ignore_cleanup_errors=True)
os.environ["SPANREG_CACHE"] = os.path.join(CACHES.name, "spanreg")
os.environ["HF_HOME"] = os.path.join(CACHES.name, "huggingface")
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.update(dict.fromkeys(("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"), "1"))
os.environ.setdefault("OMP_NUM_THREADS", "1")
modules_frozen = 0
"Modules that existed when garbage collection last froze all objects."


# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Remove the caches when the session ends."""
    config.add_cleanup(CACHES.cleanup)


def pytest_collection(session: pytest.Session) -> None:
    """Switch garbage collection off until all tests are collected: it would walk over modules that stay."""
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ``make test-fast`` skips, and move the longest ones to the front."""
    gc.enable()
    mark_slow(items)
    items[:] = longest_first(items, parts=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@pytest.fixture(scope="module", autouse=True)
def cheap_collections() -> None:
    """Exclude the objects that stay (torch, transformers, the tests) from garbage collection, and skip needless ones.

    Each collection walks over all objects that are not frozen; some modules, such as torch's compiler, are imported
    late. accelerate collects at the start and the end of every training, to free the memory of a GPU.
    """
    global modules_frozen
    if len(sys.modules) > modules_frozen + 50:
        gc.collect()
        gc.freeze()
        modules_frozen = len(sys.modules)
    if "accelerate.utils.memory" in sys.modules:
        sys.modules["accelerate.utils.memory"].gc = SimpleNamespace(collect=lambda: 0)


@pytest.fixture(scope="session", autouse=True)
def instant_fsync() -> Iterator[None]:
    """Make ``fsync`` return at once: it takes milliseconds, and protects from power cuts, which no test simulates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPython]:
    """Yield a Python interpreter whose processes start with torch imported; all workers of pytest share it."""
    from registry_tests.warm_python import WarmPython

    # Under xdist, each worker has a folder of its own within one that all workers share.
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with WarmPython(folder / "warm") as warm:
        yield warm


@pytest.fixture
def warm_processes(warm_python: WarmPython, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the worker processes of the package with ``warm_python``."""
    monkeypatch.setattr(sys, "executable", warm_python.program)


@pytest.fixture(autouse=True)
def restored_process_state() -> Iterator[None]:
    """Restore what a command sets for its process: handlers and levels of logging, and the handler of SIGTERM."""
    root, package = logging.getLogger(), logging.getLogger("spanreg")
    # The levels are reset, not saved: a fixture of a whole module may have called a command before this test.
    root.setLevel(logging.WARNING)
    package.setLevel(logging.NOTSET)
    handlers = set(root.handlers)
    on_term = signal.getsignal(signal.SIGTERM)
    yield
    for handler in set(root.handlers) - handlers:
        root.removeHandler(handler)
    signal.signal(signal.SIGTERM, on_term)


@pytest.fixture(autouse=True)
def clean_registry() -> Iterator[None]:
    """Remove the components that a test registered."""
    from spanreg import registry

    if not hasattr(registry, "snapshot"):
        yield
        return
    with registry.snapshot():
        yield


@pytest.fixture(autouse=True)
def clean_modules(request: pytest.FixtureRequest) -> Iterator[None]:
    """Remove modules that a test imported from its temporary folder: another test may use the same module names."""
    before = set(sys.modules)
    yield
    folder = request.node.funcargs.get("tmp_path")
    for name in set(sys.modules) - before if folder is not None else ():
        # A folder without __init__.py is a module with a path and no file.
        module = vars(sys.modules[name])
        places = [module.get("__file__"), *module.get("__path__", ())]
        if any(place and place.startswith(f"{folder}{os.sep}") for place in places):
            del sys.modules[name]


@pytest.fixture(scope="session")
def glue_dir() -> Path:
    """Return the folder of ``SPANREG_GLUE_DIR``, GLUE in the layout of the hub; skip the test if it is not set."""
    return _folder("SPANREG_GLUE_DIR", "a folder with GLUE in the layout of the hub")


@pytest.fixture(scope="session")
def corpus_dir() -> Path:
    """Return the folder of ``SPANREG_CORPUS_DIR``, raw text; skip the test if it is not set."""
    return _folder("SPANREG_CORPUS_DIR", "a folder with corpora of raw text")


@pytest.fixture(scope="session")
def spans_dir() -> Path:
    """Return the folder of ``SPANREG_SPANS_DIR``, labelled words; skip the test if it is not set."""
    return _folder("SPANREG_SPANS_DIR", "a folder with conll2000/train.txt.zst and test.txt.zst")


@pytest.fixture(scope="session")
def fake_glue_run() -> Callable[..., Path]:
    """Return a function that writes the metrics and records of a finished GLUE run, without its model."""
    from spanreg.data.glue import GlueReader

    def make(path: Path, task: Any, figures: dict[str, dict[str, float]] | None = None) -> Path:
        contents = {
            "status": {"state": "finished"},
            "environment": {},
            "config": {"data": {"type": "glue", "task": task}},
            "inference": {"task": asdict(GlueReader(task).task)},
            "metrics": {"splits": figures or {}},
            "data": {},
        }
        path.mkdir(parents=True)
        for name, content in contents.items():
            (path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        return path

    return make


@pytest.fixture(scope="session")
def add_predictions() -> Callable[..., None]:
    """Return a function that writes the predictions of a split into a run folder, as ``evaluate`` does."""

    def add(run: Path, split: str, predictions: Iterable[Any], indices: Iterable[int] | None = None) -> None:
        labels = list(predictions)
        rows = zip(indices or range(len(labels)), labels, strict=True)
        lines = [json.dumps({"idx": idx, "label": None, "prediction": label, "logits": [0.0]}) for idx, label in rows]
        (run / "predictions").mkdir(exist_ok=True)
        (run / "predictions" / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    return add


@pytest.fixture(scope="session")
def as_earlier_version() -> Callable[[Path], None]:
    """Return a function that removes the checksums of a run or study, which earlier versions did not write."""

    def remove_checksums(folder: Path) -> None:
        for manifest in (folder / "manifest.json", folder / "model" / "manifest.json"):
            manifest.unlink(missing_ok=True)
        for sealed in (folder / "status.json", folder / "plan.json"):
            if sealed.exists():
                found = json.loads(sealed.read_text(encoding="utf-8"))
                kept = {key: value for key, value in found.items() if key not in ("sha256", "manifest", "checkpoints")}
                sealed.write_text(json.dumps(kept, indent=2), encoding="utf-8")

    return remove_checksums


@pytest.fixture
def make_study(make_study_in: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Return ``make_study_in`` with the temporary folder of the test as parent."""
    return partial(make_study_in, tmp_path)


@pytest.fixture(scope="session")
def make_study_in() -> Callable[..., Path]:
    """Return a function that writes the study files that a report reads, without training.

    ``predictions`` has one prediction per example for each arm and seed. ``arms`` adds entries of ``plan.json`` to an
    arm, such as its ``choice``; ``plan`` adds entries to the study. ``tasks`` and ``golds`` replace the task or the
    gold labels of an arm. ``unfinished`` adds runs with these contents of ``status.json``, by arm and seed.
    """
    from registry_tests.fabricated_runs import config_of, file_name, write, write_run
    from spanreg.data.base import Task

    idioms = Task("idioms", "classification", ("no", "yes"), ("accuracy", "f1"), False)

    def make(
        parent: Path,
        predictions: dict[str, dict[int, Any]],
        labels: Any,
        task: Task = idioms,
        *,
        arms: dict[str, dict[str, Any]] | None = None,
        plan: dict[str, Any] | None = None,
        tasks: dict[str, Task] | None = None,
        golds: dict[str, Any] | None = None,
        unfinished: dict[tuple[str, int], dict[str, str]] | None = None,
    ) -> Path:
        folder, waiting = parent / "made", unfinished or {}
        runs = [(arm, seed) for arm, seeds in predictions.items() for seed in seeds] + list(waiting)
        planned = [{"id": f"{a}-{s}", "arm": a, "seed": s, "folder": f"runs/{file_name(a)}-{s}"} for a, s in runs]
        named = [
            {"name": arm, "config": config_of((arms or {}).get(arm, {}).get("choice")), **(arms or {}).get(arm, {})}
            for arm in dict.fromkeys([*predictions, *(arm for arm, _ in waiting)])
        ]
        record = {"name": "fabricated", "about": "", "baseline": named[0]["name"], "metric": None, "split": None}
        record |= {"reserve": 0.0, "modes": ["one_at_a_time"], "arms": named, "runs": planned, "code": "c", "format": 1}
        write(folder / "plan.json", {**record, **(plan or {})})
        for arm, seed in runs:
            path = folder / "runs" / f"{file_name(arm)}-{seed}"
            if (arm, seed) in waiting:
                write(path / "status.json", waiting[arm, seed])
            else:
                own = (tasks or {}).get(arm, task), (golds or {}).get(arm, labels)
                write_run(path, *own, predictions[arm][seed], seed)
        return folder

    return make


def _folder(variable: str, description: str) -> Path:
    """Return the folder that an environment variable names; skip the test if it is not set."""
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set: it names {description}")
    folder = Path(value)
    assert folder.is_dir(), f"{variable} names {folder}, which is not a folder"
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a text whose n-grams occur in the sentences of the toy tasks."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(DICTIONARY_TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def make_config(corpus: Path) -> Callable[..., dict[str, Any]]:
    """Return a function for configs that train in a second; its arguments replace sections and keys of ``training``."""

    def make(training: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
        options = {"epochs": 2, "batch_size": 8, "learning_rate": 1e-3, "max_tokens": 32, "log_every": 2}
        config = {
            "seed": 5,
            "data": {"type": "demo", "limit": 32},
            "encoder": {"type": "tiny", "dim": 16, "layers": 1},
            "dictionary": {"type": "ngram", "corpus": str(corpus)},
            "segmenter": {"type": "max_match"},
            "aggregator": {"type": "hierarchical_cnn"},
            "training": {**options, **(training or {})},
        }
        return {**config, **parts}

    return make


@pytest.fixture(scope="session")
def finished(make_config: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run, which all tests share; a test must not change it."""
    from spanreg.registry import Params
    from spanreg.training.train import train

    folder = tmp_path_factory.mktemp("runs") / "finished"
    train(Params(make_config()), folder)
    return folder
