"""Hooks of MkDocs: add the generated pages and the navigation, and check what MkDocs does not check."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from docs.generator.api_pages import api_navigation, api_pages, undocumented
from docs.generator.component_pages import built_in, component_pages, link_names, navigation_of, pages_by_class
from docs.generator.config_pages import config_navigation, config_pages, example_page
from docs.generator.links import EXAMPLE_PAGE, PROJECT_PAGES, rewrite_links
from docs.generator.navigation import DOCS, ROOT, navigation, unlisted
from docs.generator.notebook_pages import notebook_pages
from docs.generator.option_pages import OPTIONS_PAGE, options_page
from docs.generator.troubleshooting import MESSAGES_PAGE, TROUBLESHOOTING_PAGE, messages_page, troubleshooting_page

# Below "mkdocs", so that a strict build counts its warnings.
LOG = logging.getLogger("mkdocs.hooks.spanreg")


# Cached, since it is needed for every page.
@cache
def classes() -> dict[str, str]:
    """Return the page of each component by the name of its class."""
    return pages_by_class(built_in())


def on_config(config: Any) -> Any:
    """Set the navigation, and the selector of versions if mike builds the site."""
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in unlisted(index):
        LOG.warning("%s is outside of the navigation: add it to a table of docs/index.md", page)
    for name in undocumented():
        LOG.warning("%s is public, and has no docstring", name)
    added = {
        "Tutorials": [{"Example package": EXAMPLE_PAGE}],
        "How-to guides": [{"Troubleshooting": TROUBLESHOOTING_PAGE}],
        "Reference": [
            {"Options": OPTIONS_PAGE},
            {"Messages": MESSAGES_PAGE},
            {"Component pages": navigation_of(built_in())},
            {"Python": api_navigation()},
            {"Shipped configs": config_navigation(config_pages())},
        ],
        "Project": [
            {Path(page).stem.replace("_", " ").capitalize(): page}
            for page in PROJECT_PAGES.values()
            if page != "index.md"
        ],
    }
    config.nav = navigation(index, added)
    if "MIKE_DOCS_VERSION" in os.environ:
        config.extra["version"] = {"provider": "mike"}
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the generated pages."""
    for path, text in generated_pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def generated_pages() -> dict[str, str]:
    """Return all generated pages, by their path in the site."""
    from spanreg.benchmarks.component_costs import component_costs

    pages = {
        **component_pages(built_in(), component_costs()),
        **api_pages(),
        **config_pages(),
        **example_page(),
        **notebook_pages(),
        TROUBLESHOOTING_PAGE: troubleshooting_page(),
        MESSAGES_PAGE: messages_page(),
        OPTIONS_PAGE: options_page(),
    }
    for name, page in PROJECT_PAGES.items():
        # Links to the README lead to the index; the README itself has no page.
        if page == "index.md":
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        if name == "LICENSE":
            pages[page] = f"# Licence\n\n```text\n{text}\n```\n"
        else:
            pages[page] = rewrite_links(text, ROOT / name, page, classes())
    return pages


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turn links to files of the repository into links to pages of the site."""
    # Generated pages have been written with links within the site.
    if page.file.generated_by:
        return markdown
    if page.file.src_uri == "reference/components.md":
        markdown = link_names(markdown, built_in())
    return rewrite_links(markdown, DOCS / page.file.src_uri, page.file.src_uri, classes())
