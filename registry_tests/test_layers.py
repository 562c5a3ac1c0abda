"""Imports point down, the registry needs no other package, only the command line prints, light commands are light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "spanreg"

FAMILIES = {"encoders", "scorers", "dictionaries", "segmenters", "aggregators", "fusions", "heads", "data", "metrics"}
FAMILIES |= {"executors", "words"}
FAMILIES |= {"optimizers", "schedules", "callbacks"}
HELPERS = {"aggregators.layers", "data.demonstration", "data.reading", "data.sources", "dictionaries.sampling"}
HELPERS |= {"dictionaries.tables", "segmenters.spans"}

# From the bottom up: packages and modules below ``spanreg``. A module belongs to the longest entry that it begins with.
LAYERS: list[set[str]] = [
    {"safe_path", "system", "registry.errors", "registry.names", "registry.marks", "registry.provenance"},
    {"registry.class_config"},
    {"registry.nesting"},
    {"registry.config", "registry.source"},
    {"registry.trust"},
    {"registry.planning"},
    {"registry.from_params", "registry.lazy"},
    {"registry.registrable"},
    {"registry.handlers"},
    {"registry.schema"},
    {"registry.faults"},
    {"registry"},
    {"limits"},
    {"storage", "packages"},
    {"text"},
    {"text.files"},
    {"text.unicode"},
    {"text.words"},
    {"integrations.ray_cluster"},
    HELPERS | FAMILIES,
    {"integrations.ray", "integrations.slurm", "integrations.trackers"},
    {"preparation"},
    {"model"},
    {"training.config"},
    {"training.data"},
    {"training.evaluation"},
    {"training.loop"},
    {"training.runs"},
    {"training.serving"},
    {"training"},
    {"integrations"},
    {"testing"},
    {"testing.laws"},
    {"studies.define"},
    {"studies.execute"},
    {"studies.analyse.statistics"},
    {"studies.analyse"},
    {"studies.search"},
    {"studies.report.charts", "studies.report.keys"},
    {"studies.report.blocks"},
    {"studies.report"},
    {"studies.report.panels"},
    {"studies.report.formats"},
    {"studies.exchange"},
    {"studies"},
    {"api"},
    {"components"},
    {"scaffolding"},
    {"benchmarks.harness"},
    {"benchmarks"},
    {"cli.rendering"},
    {"cli.options"},
    {"editor"},
    {"cli.commands"},
    {"cli"},
    {"__main__"},
]
SHOWN = {"spanreg.dictionaries.base.SpanDictionary"}
"Names of families that ``spanreg`` itself exports."
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
# Packages whose import takes longer than a light command may.
HEAVY = {"torch", "transformers", "datasets", "pyarrow", "pandas", "numpy", "scipy", "sklearn", "accelerate"}

MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [path.relative_to(ROOT).as_posix() for path in MODULES]


def module_name(path: Path) -> str:
    """Return the dotted name of a file: that of the package for an ``__init__.py``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import, those inside functions and ``TYPE_CHECKING`` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def unit(name: str) -> str:
    """Return the entry of LAYERS that a module, or a name in it, belongs to; empty for ``spanreg`` itself."""
    parts = name.split(".")[1:]
    found = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((entry for entry in found if entry in HEIGHT), "")


def points_down(importer: str, imported: str) -> bool:
    """Return whether one module may import another, or a name in it."""
    above, below = unit(importer), unit(imported)
    if importer == "spanreg":
        # What type checkers see of the lazy names; registry_tests/test_root.py measures what is imported.
        return below in ("registry", "api", "components") or HEIGHT.get(below) == 0 or imported in SHOWN
    if not below or above == below:
        return True
    family, other = above.split(".")[0], below.split(".")[0]
    if family in FAMILIES and other == family:
        # A family's components use its helpers; the helpers know the base alone.
        return above == family or imported.split(".")[2] == "base" or below in HELPERS
    if family in FAMILIES and other in FAMILIES:
        # Families know one another by their contracts: the base, or what the folder lists.
        return imported.split(".")[2] == "base" or len(imported.split(".")) == 3
    return HEIGHT[below] < HEIGHT[above]


def test_every_module_has_a_layer() -> None:
    homeless = [name for name in map(module_name, MODULES) if name != "spanreg" and not unit(name)]
    assert not homeless, f"give these a place in LAYERS: {homeless}"


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_imports_point_down(path: Path) -> None:
    importer = module_name(path)
    wrong = [
        f"line {line}: {name}"
        for line, name in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] == "spanreg" and not points_down(importer, name)
    ]
    assert not wrong


FOLDERS = sorted({path.parent for path in MODULES})


@pytest.mark.parametrize("folder", FOLDERS, ids=[path.relative_to(ROOT).as_posix() for path in FOLDERS])
def test_folders_are_small_and_described(folder: Path) -> None:
    """A folder with one component, or one command, in each file may hold 20 files, every other one 15."""
    one_each = folder.name in FAMILIES or folder.name in ("commands", "panels")
    assert len(list(folder.glob("*.py"))) <= (20 if one_each else 15)
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))


def test_the_rule_itself() -> None:
    assert points_down("spanreg.cli.commands.train", "spanreg.training.run")
    assert points_down("spanreg.segmenters.max_match", "spanreg.dictionaries.base.SpanDictionary")
    assert points_down("spanreg.segmenters.max_match", "spanreg.dictionaries.SpanDictionary")
    assert not points_down("spanreg.segmenters.max_match", "spanreg.dictionaries.ngram.NgramDictionary")
    assert not points_down("spanreg.registry.config.params", "spanreg.storage.write_json")
    assert points_down("spanreg", "spanreg.registry.index_package")
    assert not points_down("spanreg", "spanreg.model.SpanModel")
    assert not points_down("spanreg.training.run", "spanreg.cli.rendering.output")


def test_the_registry_needs_no_other_package() -> None:
    allowed = sys.stdlib_module_names | {"_jsonnet", "rich", "spanreg"}
    foreign = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in (PACKAGE / "registry").rglob("*.py")
        for line, name in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] not in allowed
    ]
    assert not foreign


def writes_to_stdout(node: ast.AST) -> bool:
    """Return whether a node is a call of ``print``, a console without a stream, or ``sys.stdout`` itself."""
    if isinstance(node, ast.Attribute):
        return node.attr == "stdout" and isinstance(node.value, ast.Name) and node.value.id == "sys"
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "print":
        return isinstance(node.func, ast.Name)
    return name == "Console" and not {"stderr", "file"} & {keyword.arg for keyword in node.keywords}


def test_only_the_command_line_prints() -> None:
    wrong = [
        f"{name}:{node.lineno}"
        for name, path in zip(NAMES, MODULES, strict=True)
        if not name.startswith("spanreg/cli/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if writes_to_stdout(node)
    ]
    assert not wrong


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["train", "--help"],
        ["list"],
        ["list", "--json"],
        ["list", "--markdown"],
        ["describe", "lora"],
        ["check", "configs/tiny.jsonnet"],
        ["explain", "configs/tiny.jsonnet"],
        ["diff", "configs/tiny.jsonnet", "configs/tiny.jsonnet"],
        ["schema"],
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "spanreg", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = run.stderr.splitlines()
    errors = [line for line in lines if not line.startswith("import time:")]
    assert run.returncode == 0, "\n".join([run.stdout, *errors])
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in lines if line.startswith("import time:")}
    assert "spanreg" in imported, "the import times were not understood"
    assert not HEAVY & imported
    # Without a terminal nothing is drawn, and a config needs nothing of studies.
    assert "rich" not in imported
    assert "studies.define.arms" not in run.stderr


def test_commands_call_functions_and_not_each_other() -> None:
    """Two commands share a function below both; neither fabricates arguments for the other."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, path in zip(NAMES, MODULES, strict=True)
        if name.startswith("spanreg/cli/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Namespace"
    ]
    assert not wrong
