"""Span fine-tuning for pre-trained language models, assembled from a declarative component registry."""

# First, because a file in the working directory could answer any other import, even that of ``__future__``.
from spanreg import safe_path  # noqa: F401

# isort: split
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.registry import index_package

if TYPE_CHECKING:
    from spanreg.training.serving.saved_run import SavedRun

__version__ = "0.1.0"

__all__ = ["__version__", "load"]

# Reads names, signatures and docstrings of the components from their source, and imports none of them.
index_package("spanreg", Path(__file__).parent)


def load(path: str | Path) -> "SavedRun":
    """Load a finished run, ready to score texts.

    ``spanreg.load("run").score(["Nobody spills the beans."]).predictions``

    Also registers span models with the auto classes of transformers, and our pipeline, as
    ``import spanreg.integrations.transformers`` does. Nothing in the folder is run or imported.

    Args:
        path: a run folder, or the folder ``model`` of a run, wherever it was copied.

    Raises:
        ConfigurationError: there is no such folder, or its run is unfinished, damaged or of another version.
    """
    # Both import torch and transformers, which ``import spanreg`` must not.
    import spanreg.integrations.transformers  # noqa: F401
    from spanreg.training.serving.saved_run import SavedRun

    return SavedRun(Path(path))
