"""Span fine-tuning for pre-trained language models, assembled from a declarative component registry."""

# First, because a file in the working directory could answer any other import, even that of ``__future__``.
from spanreg import safe_path  # noqa: F401

# isort: split
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.registry import ConfigurationError, index_package

# For type checkers and editors, which cannot follow ``__getattr__``; a test compares these with ``_HOMES``.
if TYPE_CHECKING:
    from spanreg import components
    from spanreg.api.answers import Predictions, Segmentation, Segmentations
    from spanreg.api.checks import Problems, check
    from spanreg.api.configs import Config, load_config
    from spanreg.api.reports import Report, report
    from spanreg.api.runs import Run, load
    from spanreg.api.studies import Study
    from spanreg.api.tables import StudyTables
    from spanreg.api.training import train
    from spanreg.dictionaries.base import SpanDictionary

__version__ = "0.1.0"

__all__ = [
    "Config",
    "ConfigurationError",
    "Predictions",
    "Problems",
    "Report",
    "Run",
    "Segmentation",
    "Segmentations",
    "SpanDictionary",
    "Study",
    "StudyTables",
    "__version__",
    "check",
    "components",
    "load",
    "load_config",
    "report",
    "train",
]

# Modules of the names above, imported at their first use, so that ``import spanreg`` stays light.
_HOMES = {
    "Config": "spanreg.api.configs",
    "Predictions": "spanreg.api.answers",
    "Problems": "spanreg.api.checks",
    "Report": "spanreg.api.reports",
    "Run": "spanreg.api.runs",
    "Segmentation": "spanreg.api.answers",
    "Segmentations": "spanreg.api.answers",
    "SpanDictionary": "spanreg.dictionaries.base",
    "Study": "spanreg.api.studies",
    "StudyTables": "spanreg.api.tables",
    "check": "spanreg.api.checks",
    "load": "spanreg.api.runs",
    "load_config": "spanreg.api.configs",
    "report": "spanreg.api.reports",
    "train": "spanreg.api.training",
}

# Reads names, signatures and docstrings of the components from their source, and imports none of them.
index_package("spanreg", Path(__file__).parent)


if not TYPE_CHECKING:  # a type checker that saw this function would accept any name

    def __getattr__(name: str) -> Any:
        if name == "components":
            return import_module("spanreg.components")
        if name not in _HOMES:
            raise AttributeError(f"module 'spanreg' has no attribute '{name}'")
        found = getattr(import_module(_HOMES[name]), name)
        # Kept, so that Python finds the name without this function from now on.
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
