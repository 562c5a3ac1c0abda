"""Segmenters: rules that split the words of a text into spans."""

from spanreg.segmenters.base import Segmenter

__all__ = ["Segmenter"]
