"""Texts of a new component: its module, its test, a config that uses it, and a package around them."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from string import Template
from typing import Final

from spanreg.registry import ConfigurationError, Problem, Registrable, suggest
from spanreg.registry.names import with_article

_ENCODER: Final = "encoder: { type: 'tiny', dim: 16, layers: 1 },"
_FIXED: Final = "segmenter: { type: 'fixed', words: 3 },"
_POOL: Final = "aggregator: { type: 'mean_pool' },"
_PHRASES: Final = "segmenter: { type: 'max_match' },"
DEMO_CORPUS: Final = "pkg:spanreg/data/demo_material/background.txt"
_CORPUS: Final = f"corpus: '{DEMO_CORPUS}', max_n: 4, min_count: 8"

PARTS: Final[dict[str, tuple[str, ...]]] = {
    "data": ("data: { type: '$name' },",),
    "scorer": (f"dictionary: {{ type: 'ngram', {_CORPUS}, scores: ['$name'] }},", _PHRASES, _POOL),
    "dictionary": ("dictionary: { type: '$name' },", _PHRASES, _POOL),
    "segmenter": ("segmenter: { type: '$name' },", _POOL),
    "aggregator": (_FIXED, "aggregator: { type: '$name' },"),
    "fusion": (_FIXED, _POOL, "fusion: { type: '$name' },"),
    "head": ("head: { type: '$name' },",),
    "metric": ("data: { type: 'csv', files: { train: '$name.csv', validation: '$name.csv' }, metrics: ['$name'] },",),
    "optimizer": ("optimizer: '$name',",),
    "schedule": ("schedule: '$name',",),
    "callback": ("callbacks: ['$name'],",),
}
"Lines of a config that use a component, by family; those of the last three belong to ``training``."

# Families whose components are options of ``training``.
_IN_TRAINING: Final = ("optimizer", "schedule", "callback")

_TEST: Final = '''"""$cls satisfies the contract of its family."""

from __future__ import annotations

from $module import $cls

from $base_module import $base
from spanreg.testing import check_component


def test_it_satisfies_the_contract() -> None:
    check_component($cls)


def test_a_config_selects_it_by_name() -> None:
    assert isinstance($base.from_params({"type": "$name"}$runtime), $cls)
'''

_RUNTIME: Final = {
    "aggregator": ", dim=8",
    "fusion": ", dim=8, channels=4",
    "head": ", dim=8, num_labels=2",
}
"Arguments that run time passes to a component, by family."

_PLUGIN: Final = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    "setup.cfg": """[metadata]
name = $distribution
version = 0.1.0
description = The $family '$name' for spanreg

[options]
packages = $package
python_requires = >=3.11
install_requires =
    spanreg

# spanreg finds the component by this entry point, wherever the package is installed.
[options.entry_points]
spanreg.components =
    $name = $package
""",
    "README.md": """# $distribution

The $family `$name` for spanreg.

```console
$$ pip install .
$$ spanreg describe $name
$$ spanreg train config.jsonnet -s run
$$ python -m pytest
```
""",
    "$package/__init__.py": '''"""Components of this package; importing it registers them."""

from $package.$name import $cls

__all__ = ["$cls"]
''',
}


@dataclass(frozen=True, slots=True)
class NewComponent:
    """A component to write.

    ``NewComponent("segmenter", "by_clause", Segmenter).module()``
    """

    family: str
    "Key of the family in a config."
    name: str
    "Registered name, and name of the module."
    base: type[Registrable]
    "Base class of the family, or its stand-in."

    @property
    def cls(self) -> str:
        """Name of the class."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def package(self) -> str:
        """Name of the package of a plug-in."""
        return f"spanreg_{self.name}"

    def require_possible(self, *, as_module: bool) -> None:
        """Raise an error unless the component can be written.

        Args:
            as_module: the module gets the component's name at the top level.

        Raises:
            ConfigurationError: all that is wrong with the family and the name.
        """
        problems = []
        if self.family not in PARTS:
            hint = f"families with a template: {', '.join(PARTS)}; docs/tutorials/add_a_component.md shows the others"
            problems.append(Problem(f"there is no template for the family '{self.family}'", "--family", hint))
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name) or keyword.iskeyword(self.name):
            hint = "use lower-case letters, digits and '_', for instance by_clause"
            problems.append(Problem(f"'{self.name}' cannot be the name of a module", "NAME", hint))
        elif self.name in self.base.list_available():
            problems.append(
                Problem(f"'{self.name}' is already {with_article(self.family)}", "NAME", "choose another name")
            )
        # A module of that name would be imported in place of the new one, or the new one in its place.
        elif as_module and find_spec(self.name) is not None:
            problems.append(Problem(f"'{self.name}' is an installed module", "NAME", "choose another name"))
        if problems:
            raise ConfigurationError(problems)

    def module(self) -> str:
        """Return the text of the component's module."""
        return self._fill((files(__package__) / "templates" / f"{self.family}.txt").read_text(encoding="utf-8"))

    def test(self, module: str) -> str:
        """Return the text of the component's test.

        Args:
            module: the module to import the component from.
        """
        base_module, base, runtime = self.base.__module__, self.base.__name__, _RUNTIME.get(self.family, "")
        return self._fill(_TEST, module=module, base_module=base_module, base=base, runtime=runtime)

    def config(self) -> str:
        """Return a config that uses the component on a small task with a small encoder."""
        lines = [self._fill(line) for line in PARTS[self.family]]
        training = "max_steps: 2, batch_size: 8"
        if self.family in _IN_TRAINING:
            training, lines = f"{training}, {lines[0].rstrip(',')}", []
        data = [] if self.family in ("data", "metric") else ["data: { type: 'demo', limit: 32 },"]
        # Keys follow the data flow: the first line is about the data, of the family itself or of the demo.
        first, *others = [*data, *lines]
        inside = [first, _ENCODER, *others, f"training: {{ {training} }},"]
        body = "\n".join(f"  {line}" for line in inside)
        return f"// The {self.family} '{self.name}' on a small task.\n{{\n{body}\n}}\n"

    def examples(self) -> dict[str, str]:
        """Return the data that the config reads, by file name; empty for all families but ``metric``."""
        if self.family != "metric":
            return {}
        rows = ["She let off steam.,figurative", "The kettle let off steam.,literal"] * 8
        return {f"{self.name}.csv": "\n".join(["text,label", *rows, ""])}

    def plugin(self) -> dict[str, str]:
        """Return the files of an installable package with the component, by their paths in its folder."""
        found = {self._fill(path): self._fill(text) for path, text in _PLUGIN.items()}
        found[f"{self.package}/{self.name}.py"] = self.module()
        found[f"tests/test_{self.name}.py"] = self.test(self.package)
        return {**found, "config.jsonnet": self.config(), **self.examples()}

    def _fill(self, text: str, **more: str) -> str:
        # Not ``str.format``: Jsonnet and Python code are full of braces.
        names = {"name": self.name, "cls": self.cls, "family": self.family, "package": self.package}
        return Template(text).substitute(names, distribution=self.package.replace("_", "-"), **more)


def require_family(family: str, families: dict[str, tuple[str, str]]) -> None:
    """Raise an error unless a family exists.

    Raises:
        ConfigurationError: it does not; the hint has the nearest name.
    """
    if family not in families:
        problem = f"there is no family '{family}'"
        raise ConfigurationError(problem, path="--family", hint=suggest(family, families, "families"))
