"""The index of components, which ``list`` and ``check`` read from the sources, agrees with the imported classes."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spanreg
from spanreg.registry import Registrable, signature_of, stand_in
from spanreg.registry.source import index
from spanreg.registry.source.classes import StandIn

# PROGRAM uses these names as attributes of this module.
__all__ = ["HEAVY_PACKAGES", "StandIn", "class_description", "index", "stand_in"]
ROOT = Path(__file__).parents[1]
HEAVY_PACKAGES = ("torch", "transformers", "datasets", "numpy")


def class_description(cls: Any, constructor: str | None) -> dict[str, Any]:
    """Return all properties in which a stand-in must agree with its class."""
    signature = signature_of(getattr(cls, constructor) if constructor else cls, cls)
    return {
        "arguments": {
            argument.name: [str(argument.annotation), str(argument.default), str(argument.kind), str(argument.mark)]
            for argument in signature.arguments
        },
        "rest": str(signature.rest),
        "summary": (inspect.getdoc(cls) or "").partition("\n")[0],
        "default": getattr(cls, "default_implementation", None),
        "neutral": getattr(cls, "neutral", None),
        "bases": [base.__name__ for base in cls.__mro__ if Registrable in base.__mro__],
    }


# A separate process, since another test may have imported torch. It loads this file by path: the tests may not be
# importable there.
PROGRAM = f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("this_test", {__file__!r})
test = importlib.util.module_from_spec(spec)
spec.loader.exec_module(test)
found = {{}}
for base, names in test.index.entries().items():
    for name, entry in names.items():
        cls = test.stand_in(entry.module, entry.cls)
        assert issubclass(cls, test.StandIn), cls
        found[f"{{base}} {{name}}"] = [entry.module, entry.cls, test.class_description(cls, entry.constructor)]
experiment = test.stand_in("spanreg.training.config.experiment", "Experiment")
found["Experiment"] = ["spanreg.training.config.experiment", "Experiment", test.class_description(experiment, None)]
options = test.stand_in("spanreg.training.config.options", "TrainingOptions")
found["TrainingOptions"] = ["spanreg.training.config.options", "TrainingOptions", test.class_description(options, None)]
assert not [name for name in test.HEAVY_PACKAGES if name in sys.modules]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def from_source() -> dict[str, Any]:
    """Return module, class name and description of each component, read without importing its module."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def import_all_modules() -> None:
    """Import every module of the package, which registers all built-in components."""
    for module in pkgutil.walk_packages(spanreg.__path__, "spanreg."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_stand_ins_agree_with_their_classes(from_source: dict[str, Any]) -> None:
    assert len(from_source) > 15
    for name, (module, cls, description) in from_source.items():
        imported = getattr(importlib.import_module(module), cls)
        constructor = None if " " not in name else index.entries()[name.split()[0]][name.split()[1]].constructor
        assert json.loads(json.dumps(class_description(imported, constructor))) == description, name


def test_the_index_has_every_registered_component(from_source: dict[str, Any]) -> None:
    import_all_modules()
    registered = {
        f"{base.__name__} {name}": [cls.__module__, cls.__qualname__]
        for base, names in Registrable._registry.items()
        for name, (cls, _) in names.items()
        if cls.__module__.startswith("spanreg.")
    }
    missing = {name: where for name, where in registered.items() if from_source.get(name, [])[:2] != where}
    assert not missing, f"register with a literal name at the top level of a module: {missing}"


def test_neutral_components_are_in_the_index(from_source: dict[str, Any]) -> None:
    neutral = {
        f"{name.split()[0]} {description['neutral']}"
        for name, (_, _, description) in from_source.items()
        if description["neutral"]
    }
    assert neutral
    assert neutral <= from_source.keys()
