"""Other libraries' progress bars and chatter, turned off."""

from __future__ import annotations

import datasets
import transformers


def quiet_libraries() -> None:
    """Leaves it to the commands to say how far a run is; warnings of substance still come through."""
    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    # One way out for every record: the root logger's handler, which knows of progress bars.
    transformers.logging.disable_default_handler()
    transformers.logging.enable_propagation()
