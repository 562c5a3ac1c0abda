"""The reason of another package's error, for a message of our own."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Return the first line of an error's text without its full stop, or the name of its class if it has no text.

    ``reason_of(OSError("no such file."))`` is ``no such file``.
    """
    # What follows the first line is seldom meant for the user; some errors have no text at all.
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")
