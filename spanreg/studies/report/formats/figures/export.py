"""Write the charts of a report as SVG and PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from spanreg.packages import require_package
from spanreg.registry import ConfigurationError
from spanreg.storage import make_folder, whole_file
from spanreg.studies.report.blocks import Figure, Section

FIGURE_FORMATS: Final = ("svg", "pdf")
"Formats of figures; their bytes depend on nothing but the chart and the version of matplotlib."


def write_figures(sections: Sequence[Section], folder: Path, formats: Sequence[str] = FIGURE_FORMATS) -> list[Path]:
    """Write all charts of a report and return the paths: ``PANEL-FIGURE.svg``.

    Args:
        sections: sections of the report.
        folder: where to write; files of the same names are replaced.
        formats: ``svg``, ``pdf``, or both.

    Raises:
        ConfigurationError: matplotlib is not installed, the report has no chart, or the folder cannot be written.
    """
    require_package("matplotlib", "a figure", path="--figures")
    from spanreg.studies.report.formats.figures.drawing import save_figure

    named = dict(_named(sections))
    if not named:
        raise ConfigurationError(
            "the report has no charts", path="--figures", hint="choose panels with charts: --panels"
        )
    make_folder(folder)
    made = []
    for name, figure in named.items():
        for form in formats:
            path = folder / f"{name}.{form}"
            with whole_file(path) as temporary:
                save_figure(figure, temporary, form)
            made.append(path)
    return made


def _named(sections: Sequence[Section]) -> Iterator[tuple[str, Figure]]:
    """Yield a unique file name, without a suffix, for each chart."""
    taken: set[str] = set()
    for section in sections:
        for block in section.blocks:
            if block.kind != "figure":
                continue
            base = re.sub(r"[^A-Za-z0-9_]+", "-", f"{section.name}-{block.name}").strip("-") or "figure"
            name, place = base, 2
            # Some file systems do not distinguish upper and lower case.
            while name.lower() in taken:
                name, place = f"{base}-{place}", place + 1
            taken.add(name.lower())
            yield name, block
