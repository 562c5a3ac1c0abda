"""Formats of a report: the page, Markdown, LaTeX, CSV and figures."""
