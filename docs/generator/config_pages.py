"""Pages that show the shipped configs, one for each folder, and the files of the example package."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from docs.generator.links import EXAMPLE_PAGE, config_place
from docs.generator.navigation import DOCS, ROOT, Navigation

EXAMPLE = DOCS / "examples" / "spanreg-punctuation"


def config_files() -> list[Path]:
    """Return the shipped configs and their shared parts, relative to the repository, in order of their pages."""
    folder = ROOT / "configs"
    found = [*folder.rglob("*.jsonnet"), *folder.rglob("*.libsonnet")]
    return sorted((path.relative_to(ROOT) for path in found), key=lambda path: (config_place(path)[0], path.name))


def config_pages() -> dict[str, str]:
    """Return a page for each folder of configs, by its path in the site."""
    pages = {}
    for page, files in groupby(config_files(), lambda path: config_place(path)[0]):
        listed = list(files)
        title = f"# Configs: {listed[0].parent.as_posix()}"
        pages[page] = "\n\n".join([title, *map(_section, listed)]) + "\n"
    return pages


def _section(path: Path) -> str:
    heading = f"## {path.name} {{ #{path.stem} }}"
    return f"{heading}\n\n`{path.as_posix()}`\n\n{_fenced(ROOT / path, 'jsonnet')}"


def _fenced(path: Path, language: str) -> str:
    # Four backticks, since a file may contain a fence of three.
    return f"````{language}\n{path.read_text(encoding='utf-8').rstrip()}\n````"


def config_navigation(pages: Iterable[str]) -> Navigation:
    """Return the entries of the pages of configs."""
    return [{Path(page).stem.replace("_", " "): page} for page in sorted(pages)]


def example_page() -> dict[str, str]:
    """Return the page of the example package, by its path in the site."""
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    languages = {".py": "python", ".jsonnet": "jsonnet", ".cfg": "ini", ".toml": "toml"}
    # Without what "pip install" leaves in the folder.
    files = sorted(
        path for path in EXAMPLE.rglob("*") if path.suffix in languages and not {"build", "dist"} & set(path.parts)
    )
    sections = [
        f"## {path.relative_to(EXAMPLE).as_posix()}\n\n{_fenced(path, languages[path.suffix])}"
        for path in files
        if path.read_text(encoding="utf-8").strip() and ".egg-info" not in path.as_posix()
    ]
    return {EXAMPLE_PAGE: "\n\n".join([readme.rstrip(), *sections]) + "\n"}
