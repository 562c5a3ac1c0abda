"""Base of the panels: sections of a study's report."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from spanreg.registry import Registrable
from spanreg.studies.report.blocks import FORMATS, Block

if TYPE_CHECKING:  # the results import scipy, which a check of a study's ``panels`` does not need
    from spanreg.studies.analyse.results import StudyResults


class Panel(Registrable):
    """A section of a study's report: what it shows, for every format.

    ``Panel.from_params({"type": "results"}).blocks(facts)``

    To add one: subclass, decorate with ``@Panel.register("my_panel")``, set ``title``, and return from ``blocks`` what
    the section shows: paragraphs, tables and charts (``spanreg.studies.report.blocks``). The page draws them, Markdown
    and LaTeX show texts and tables, and ``--figures`` writes charts as SVG and PDF. Compute numbers that the facts lack
    in ``measure``. Include the package (``--include-package``) or install it as a plug-in; ``--panels`` or ``panels``
    of a study file chooses panels, and without them a report has every panel that has something to show.
    """

    title: ClassVar[str]
    "Heading of the section."
    place: ClassVar[int] = 1000
    "Sections without an order of the user's are sorted by this number."
    formats: ClassVar[tuple[str, ...]] = FORMATS
    "Formats that show the panel unless the user chooses panels."
    template: ClassVar[str] = ""
    "Interactive template of the page, which only built-in panels have; empty to draw the blocks."

    def measure(self, results: StudyResults, facts: dict[str, Any]) -> dict[str, Any]:
        """Return facts that only this panel needs, as plain JSON; they are added to the facts of the report.

        Args:
            results: results of the study.
            facts: facts of the report so far.
        """
        return {}

    @abstractmethod
    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        """Return what the section shows; nothing if the section is to be left out.

        Args:
            facts: all facts of the report (``report_facts``), with those of ``measure``.
        """
