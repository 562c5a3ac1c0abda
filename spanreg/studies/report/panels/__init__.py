"""Panels: sections of a study's report."""

from spanreg.studies.report.panels.base import Panel

__all__ = ["Panel"]
