"""Turn off the progress bars and notes of other libraries."""

from __future__ import annotations

import datasets
import transformers


def quiet_libraries() -> None:
    """Turn off the progress bars and notes of datasets and transformers; errors are still logged."""
    # The commands show progress themselves.
    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    # Records go to the root logger's handler, which does not break our progress bars.
    transformers.logging.disable_default_handler()
    transformers.logging.enable_propagation()
