"""Segmenters: the words of a text to spans."""

from spanreg.segmenters.base import Segmenter

__all__ = ["Segmenter"]
