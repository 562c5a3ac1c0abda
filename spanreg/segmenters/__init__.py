"""Segmenters."""

from spanreg.segmenters.base import Segmenter

__all__ = ["Segmenter"]
