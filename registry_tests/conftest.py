"""Shared by all tests: a clean registry, a cache of its own, no network, one thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")


def pytest_configure() -> None:
    """Sets what must stand before torch, transformers and datasets are imported for the first time."""
    os.environ.update(dict.fromkeys(OFFLINE, "1"))
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the session's own, so that nothing is found that an earlier version left behind."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPANREG_CACHE", str(folder / "spanreg"))
        patch.setenv("HF_HOME", str(folder / "huggingface"))
        yield folder


@pytest.fixture(autouse=True)
def clean_registry() -> Iterator[None]:
    """What a test registers is gone after it."""
    from spanreg import registry

    if not hasattr(registry, "snapshot"):
        yield
        return
    with registry.snapshot():
        yield


@pytest.fixture(scope="session")
def glue_dir() -> Path:
    """The folder with GLUE in the layout of the hub, named by ``SPANREG_GLUE_DIR``; the test is skipped without one."""
    return _folder("SPANREG_GLUE_DIR", "a folder with GLUE in the layout of the hub")


@pytest.fixture(scope="session")
def corpus_dir() -> Path:
    """The folder with raw text, named by ``SPANREG_CORPUS_DIR``; the test is skipped without one."""
    return _folder("SPANREG_CORPUS_DIR", "a folder with corpora of raw text")


def _folder(variable: str, what: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set: it names {what}")
    folder = Path(value)
    assert folder.is_dir(), f"{variable} names {folder}, which is not a folder"
    return folder
