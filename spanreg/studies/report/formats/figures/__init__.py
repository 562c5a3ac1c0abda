"""Figures of a report as SVG and PDF for papers, by matplotlib (extra ``report``)."""
