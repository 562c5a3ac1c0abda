"""Files of the project: top level, changelog, requirements, packaging, and the size of files and functions."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from packaging.version import Version

import spanreg
from spanreg.packages import EXTRAS

ROOT = Path(__file__).parents[1]
FOLDERS = {".ci", ".github", "configs", "docs", "registry_tests", "spanreg"}
DOCUMENTS = {"CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"}
SETTINGS = {
    ".gitignore",
    ".pre-commit-config.yaml",
    "Makefile",
    "constraints.txt",
    "mkdocs.yml",
    "pyproject.toml",
    "ruff.toml",
    "setup.cfg",
}
TOP_LEVEL = FOLDERS | DOCUMENTS | SETTINGS
# With brackets, so that this file does not match its own patterns.
MACHINE_PATHS = re.compile(r"(?<![\w.~])/(?:roo[t]|hom[e]/\w+|User[s]/\w+|wor[k]/\w|op[t]/\w)|\.\./share[d]")
REGISTRY_HOSTS = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.org|debia[n]\.org|extra-inde[x]-url|prox[y]\.golang"
)
CHANGE_GROUPS = ("Upgrading", "Changed", "Fixed", "Added")
LONGEST_FUNCTION, LONGEST_FILE = 50, 400


def files() -> Iterator[Path]:
    """Yield the files that git tracks or would add; without git, all files below the known top-level entries."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        yield from (ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())
    else:
        for name in sorted(TOP_LEVEL):
            found = [ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*")
            yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def relative(path: Path) -> str:
    """Return a path relative to the repository, for messages."""
    return path.relative_to(ROOT).as_posix()


def setup_cfg() -> configparser.ConfigParser:
    """Return the parsed ``setup.cfg``."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def requirement_names(requirements: str) -> set[str]:
    """Return the normalised package names of a list of requirements, one a line."""
    lines = (line.strip() for line in requirements.splitlines())
    found = (re.match(r"[\w.-]+", line) for line in lines if not line.startswith("#"))
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in found if name}


def test_top_level_has_no_unknown_entry() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files()} <= TOP_LEVEL


def test_no_file_names_a_path_or_host_of_a_machine() -> None:
    wrong = []
    for path in files():
        # Binary files, and the script of continuous integration, which looks for data beside the checkout.
        if path.suffix in {".parquet", ".zst", ".png", ".safetensors"} or path == ROOT / ".ci" / "run":
            continue
        for name, text in texts_of(path):
            for number, line in enumerate(text.splitlines(), start=1):
                if MACHINE_PATHS.search(line) or REGISTRY_HOSTS.search(line):
                    wrong.append(f"{name}:{number}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


def texts_of(path: Path) -> list[tuple[str, str]]:
    """Return the name and the text of a file, or of each member of a pack."""
    if path.suffix != ".zip":
        return [(relative(path), path.read_text(encoding="utf-8"))]
    with ZipFile(path) as pack:
        return [(f"{relative(path)}/{name}", pack.read(name).decode("utf-8")) for name in pack.namelist()]


def test_the_changelog_begins_with_the_current_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)$", text, flags=re.MULTILINE)
    released = [version for version in versions if version != "Unreleased"]
    assert released[0] == spanreg.__version__
    assert versions[0] in {"Unreleased", released[0]}


def test_the_newest_changes_are_sorted_and_unique() -> None:
    """Breaking changes come first: the groups are in the order of ``CHANGE_GROUPS``."""
    newest = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    kinds = re.findall(r"^### (\w+)", newest, flags=re.MULTILINE)
    assert kinds == sorted(kinds, key=CHANGE_GROUPS.index)
    headings = re.findall(r"^### .+$", newest, flags=re.MULTILINE)
    changes = re.findall(r"^- .+$", newest, flags=re.MULTILINE)
    assert sorted({*headings, *changes}) == sorted(headings + changes)


def test_the_citation_has_the_current_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)$", text, flags=re.MULTILINE) == [spanreg.__version__]


def test_functions_and_files_stay_short() -> None:
    long = []
    for path in (path for path in files() if path.suffix == ".py"):
        text = path.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > LONGEST_FILE:
            long.append(f"{relative(path)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{relative(path)}:{node.lineno}: {node.name} has {lines} lines")
    assert not long, "divide each of these in two, or shorten it:\n" + "\n".join(long)


def test_imports_are_declared() -> None:
    setup = setup_cfg()
    required = requirement_names(setup["options"]["install_requires"])
    extras = set().union(*(requirement_names(value) for value in setup["options.extras_require"].values()))
    homes = importlib.metadata.packages_distributions()
    undeclared = set()
    for path in (ROOT / "spanreg").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            # The name of a distribution may differ from its modules: scikit-learn contains sklearn.
            for top in {name.split(".")[0] for name in imported} - sys.stdlib_module_names - {"spanreg"}:
                if not {re.sub(r"[-_.]+", "-", home).lower() for home in homes.get(top, [top])} & (required | extras):
                    undeclared.add(f"{relative(path)}: {top}")
    assert not undeclared


def test_every_requirement_is_pinned() -> None:
    setup = setup_cfg()
    extras = setup["options.extras_require"]
    wanted = requirement_names("\n".join([setup["options"]["install_requires"], extras["test"], extras["minilm"]]))
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert wanted <= requirement_names(pins)
    assert [line for line in pins.splitlines() if not re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line)] == []


def test_lower_bounds_are_below_the_pins() -> None:
    """``make test-lowest`` needs one lower bound for each package, and installs it by these constraints."""
    script = ROOT / "registry_tests" / "campaigns" / "lowest.py"
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    lowest = dict(line.split("==") for line in run.stdout.splitlines())
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = {name.replace("_", "-").lower(): Version(pin) for name, pin in re.findall(r"(?m)^(\S+)==(\S+)$", text)}
    setup = setup_cfg()
    declared = requirement_names(
        "\n".join([setup["options"]["install_requires"], *setup["options.extras_require"].values()])
    )
    assert len(lowest) == len(run.stdout.splitlines()), "two lower bounds of one package"
    assert {name.lower() for name in lowest} == declared
    assert {name for name, version in lowest.items() if Version(version) > pins[name.lower()]} == set()


def test_data_files_are_packaged() -> None:
    patterns = setup_cfg()["options.package_data"]["spanreg"].split()
    package = ROOT / "spanreg"
    packaged = {path for pattern in patterns for path in package.glob(pattern)}
    data = {path for path in files() if package in path.parents and path.suffix != ".py"}
    assert sorted(map(relative, data - packaged)) == []


def test_the_package_lists_every_extra() -> None:
    """``spanreg info`` shows the extras of ``EXTRAS``, and an error about a missing package names one of them."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    declared = {
        extra: [line.split()[0] for line in lines.strip().splitlines() if not line.startswith("#")]
        for extra, lines in setup["options.extras_require"].items()
        if extra != "test"
    }
    assert {extra: list(packages.values()) for extra, packages in EXTRAS.items()} == declared
