"""Layers of the package: imports point down, only the command line prints, and light commands import little."""

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
    {
        "safe_path",
        "system",
        "registry.errors",
        "registry.names",
        "registry.marks",
        "registry.provenance",
    },
    {"registry.class_config", "registry.relations"},
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
EXPORTED_FAMILIES = {"spanreg.dictionaries.base.SpanDictionary"}
"Base classes of families that ``spanreg`` itself exports."
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
# Packages whose import takes too long for a light command.
HEAVY_PACKAGES = {"torch", "transformers", "datasets", "pyarrow", "pandas", "numpy", "scipy", "sklearn", "accelerate"}

MODULE_FILES = sorted(PACKAGE.rglob("*.py"))
MODULE_PATHS = [path.relative_to(ROOT).as_posix() for path in MODULE_FILES]


def module_name(path: Path) -> str:
    """Return the dotted name of a module; for an ``__init__.py``, the name of its package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import, including those in functions and below ``TYPE_CHECKING``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def layer_entry(name: str) -> str:
    """Return the entry of LAYERS that a module, or a name in it, belongs to; empty for ``spanreg``."""
    parts = name.split(".")[1:]
    found = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((entry for entry in found if entry in HEIGHT), "")


def points_down(importer: str, imported: str) -> bool:
    """Return whether one module may import another, or a name in it."""
    above, below = layer_entry(importer), layer_entry(imported)
    if importer == "spanreg":
        # These imports are for type checkers; registry_tests/test_root.py checks what is imported at run time.
        return below in ("registry", "api", "components") or HEIGHT.get(below) == 0 or imported in EXPORTED_FAMILIES
    if not below or above == below:
        return True
    family, other = above.split(".")[0], below.split(".")[0]
    if family in FAMILIES and other == family:
        # The components of a family use its helpers; the helpers import only the base.
        return above == family or imported.split(".")[2] == "base" or below in HELPERS
    if family in FAMILIES and other in FAMILIES:
        # A family imports another one by its base or by the exports of its folder, not by its components.
        return imported.split(".")[2] == "base" or len(imported.split(".")) == 3
    return HEIGHT[below] < HEIGHT[above]


def test_every_module_has_a_layer() -> None:
    unassigned = [name for name in map(module_name, MODULE_FILES) if name != "spanreg" and not layer_entry(name)]
    assert not unassigned, f"add these to LAYERS: {unassigned}"


@pytest.mark.parametrize("path", MODULE_FILES, ids=MODULE_PATHS)
def test_imports_point_down(path: Path) -> None:
    importer = module_name(path)
    wrong = [
        f"line {line}: {name}"
        for line, name in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] == "spanreg" and not points_down(importer, name)
    ]
    assert not wrong


FOLDERS = sorted({path.parent for path in MODULE_FILES})


@pytest.mark.parametrize("folder", FOLDERS, ids=[path.relative_to(ROOT).as_posix() for path in FOLDERS])
def test_folders_are_small_and_described(folder: Path) -> None:
    """A folder with one component or command per file has at most 20 files, every other folder 15."""
    one_component_per_file = folder.name in FAMILIES or folder.name in ("commands", "panels")
    assert len(list(folder.glob("*.py"))) <= (20 if one_component_per_file else 15)
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))


def test_points_down_on_examples() -> None:
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
        for name, path in zip(MODULE_PATHS, MODULE_FILES, strict=True)
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
    assert not HEAVY_PACKAGES & imported
    # Without a terminal, no command draws tables; the check of a config needs no module of studies.
    assert "rich" not in imported
    assert "studies.define.arms" not in run.stderr


def test_commands_call_functions_and_not_each_other() -> None:
    """Two commands share a function; neither builds a ``Namespace`` of arguments to call the other."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, path in zip(MODULE_PATHS, MODULE_FILES, strict=True)
        if name.startswith("spanreg/cli/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Namespace"
    ]
    assert not wrong
