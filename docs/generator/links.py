"""Links from pages to files of the repository outside of ``docs/``, turned into links to pages of the site."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from docs.generator.navigation import DOCS, ROOT

PROJECT_PAGES = {
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security_policy.md",
    "LICENSE": "project/licence.md",
    "README.md": "index.md",
}
"Files in the root of the repository, and their pages."

EXAMPLE_PAGE = "tutorials/example_package.md"

# A label may contain one level of brackets, as in "[`dict[str, int]`](...)".
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]+)((?:#[^)\s]*)?)\)")
# Blocks of code, and code spans that are not the label of a link; links in them are text.
_CODE = re.compile(r"(^ *```.*?^ *```[ ]*$|`[^`\n]+`(?!\]))", re.DOTALL | re.MULTILINE)


def rewrite_links(text: str, source: Path, page: str, components: Mapping[str, str]) -> str:
    """Return the Markdown of a page whose links to files of the repository lead to pages of the site.

    Args:
        text: Markdown.
        source: the file that it was read from, which its links are relative to.
        page: path of the page in the site.
        components: pages by class name.
    """

    def replacement(match: re.Match[str]) -> str:
        label, target, anchor = match.groups()
        if re.match(r"[a-z]+:", target):
            return match[0]
        path = Path(os.path.normpath(source.parent / target))
        found = _page_of(path, label, components)
        if not found:
            return match[0]
        href, own_anchor = found
        return f"[{label}]({posixpath.relpath(href, posixpath.dirname(page))}{own_anchor or anchor})"

    parts = _CODE.split(text)
    # The pattern has one group, so every second part is code and stays as it is.
    parts[::2] = [_LINK.sub(replacement, part) for part in parts[::2]]
    return "".join(parts)


def _page_of(path: Path, label: str, components: Mapping[str, str]) -> tuple[str, str] | None:
    """Return page and anchor of a file of the repository, or None for one that the site has as it is."""
    if DOCS in path.parents and "examples" not in path.relative_to(DOCS).parts:
        is_page = path.suffix in (".md", ".ipynb")  # a notebook's page is generated beside it
        return (path.relative_to(DOCS).with_suffix(".md").as_posix(), "") if is_page else None
    if not path.is_relative_to(ROOT):
        return None
    inside = path.relative_to(ROOT)
    if inside.as_posix() in PROJECT_PAGES:
        return PROJECT_PAGES[inside.as_posix()], ""
    if inside.parts[:2] == ("docs", "examples"):
        return EXAMPLE_PAGE, ""
    if inside.parts[0] == "configs":
        return config_place(inside)
    return (components[label.strip("`")], "") if label.strip("`") in components else None


def config_place(path: Path) -> tuple[str, str]:
    """Return page and anchor of a shipped config.

    Args:
        path: relative to the root of the repository, such as ``configs/glue/mrpc.jsonnet``.
    """
    folder = "_".join(path.parent.parts[1:]) or "general"
    return f"reference/configs/{folder}.md", f"#{path.stem}"
