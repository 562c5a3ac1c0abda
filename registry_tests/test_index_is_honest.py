"""The index that ``list`` and ``check`` read from the sources agrees with the imported classes."""

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

__all__ = ["HEAVY", "StandIn", "describe", "index", "stand_in"]
ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "datasets", "numpy")


def describe(cls: Any, constructor: str | None) -> dict[str, Any]:
    """Return everything that a stand-in must have in common with its class."""
    signature = signature_of(getattr(cls, constructor) if constructor else cls, cls)
    return {
        "arguments": {
            one.name: [str(one.annotation), str(one.default), str(one.kind), str(one.mark)]
            for one in signature.arguments
        },
        "rest": str(signature.rest),
        "summary": (inspect.getdoc(cls) or "").partition("\n")[0],
        "default": getattr(cls, "default_implementation", None),
        "neutral": getattr(cls, "neutral", None),
        "bases": [base.__name__ for base in cls.__mro__ if Registrable in base.__mro__],
    }


# In a process of its own, where no other test has imported anything heavy. It loads this file by path, since the tests
# need not be importable there.
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
        found[f"{{base}} {{name}}"] = [entry.module, entry.cls, test.describe(cls, entry.constructor)]
experiment = test.stand_in("spanreg.training.config.experiment", "Experiment")
found["Experiment"] = ["spanreg.training.config.experiment", "Experiment", test.describe(experiment, None)]
options = test.stand_in("spanreg.training.config.options", "TrainingOptions")
found["TrainingOptions"] = ["spanreg.training.config.options", "TrainingOptions", test.describe(options, None)]
assert not [name for name in test.HEAVY if name in sys.modules]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def from_source() -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def import_everything() -> None:
    for module in pkgutil.walk_packages(spanreg.__path__, "spanreg."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_the_index_is_honest(from_source: dict[str, Any]) -> None:
    assert len(from_source) > 15
    for name, (module, cls, described) in from_source.items():
        live = getattr(importlib.import_module(module), cls)
        constructor = None if " " not in name else index.entries()[name.split()[0]][name.split()[1]].constructor
        assert json.loads(json.dumps(describe(live, constructor))) == described, name


def test_the_index_is_complete(from_source: dict[str, Any]) -> None:
    import_everything()
    registered = {
        f"{base.__name__} {name}": [cls.__module__, cls.__qualname__]
        for base, names in Registrable._registry.items()
        for name, (cls, _) in names.items()
        if cls.__module__.startswith("spanreg.")
    }
    missing = {name: where for name, where in registered.items() if from_source.get(name, [])[:2] != where}
    assert not missing, f"register with a literal name at the top level of a module: {missing}"


def test_every_family_has_its_neutral_element(from_source: dict[str, Any]) -> None:
    for name, (_, _, described) in from_source.items():
        if described["neutral"]:
            assert f"{name.split()[0]} {described['neutral']}" in from_source
