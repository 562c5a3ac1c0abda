"""Find cycles among the files that a config imports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from spanreg.registry.config.evaluation import EvaluationLimits, ExternalVariables
from spanreg.registry.config.evaluation.child import FileImporter, ImportRefusedError, folder_of
from spanreg.registry.config.evaluation.evaluator import child_request
from spanreg.registry.config.tracing.sites import instrument


def find_import_cycle(file: str, text: str, externals: ExternalVariables, limits: EvaluationLimits) -> Sequence[str]:
    """Return the files of a cycle, the first one once more at its end; nothing if no file imports itself.

    Args:
        file: the config.
        text: its Jsonnet.
        externals: folders for imports.
        limits: on the size of all files.
    """
    importer = FileImporter(child_request(file, text, externals, limits))
    return _cycle_below(importer, text, (file,), (os.path.realpath(file),), set())


def _cycle_below(
    importer: FileImporter, text: str, chain: tuple[str, ...], above: tuple[str, ...], known: set[str]
) -> Sequence[str]:
    """Return the first cycle below the last file of a chain; files in ``known`` have none below them."""
    here = chain[-1]
    for asked in instrument(text, here, 0, 1).imports:
        # A missing file is another mistake, which the evaluation reports.
        with suppress(ImportRefusedError, UnicodeDecodeError):
            path, content = importer.read_file(folder_of(here), asked)
            # One file can have many paths: 'a/../a/b.jsonnet'.
            real = os.path.realpath(path)
            if real in above:
                first = above.index(real)
                return (*chain[first:], chain[first])
            if real in known:
                continue
            if found := _cycle_below(importer, content.decode("utf-8"), (*chain, path), (*above, real), known):
                return found
            # Without this, a file that many others import would be searched once for each path to it.
            known.add(real)
    return ()
