"""Shared by all tests: a clean registry, a cache of its own, no network, one thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")


def pytest_configure(config: pytest.Config) -> None:
    """Sets what must stand before torch, transformers and datasets are imported for the first time.

    The caches are the session's own, so that nothing is found that an earlier version left behind.
    """
    caches = TemporaryDirectory(prefix="spanreg-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(caches.cleanup)
    os.environ["SPANREG_CACHE"] = os.path.join(caches.name, "spanreg")
    os.environ["HF_HOME"] = os.path.join(caches.name, "huggingface")
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.update(dict.fromkeys(OFFLINE, "1"))
    os.environ.setdefault("OMP_NUM_THREADS", "1")


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
