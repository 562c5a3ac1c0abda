"""Import cycles, which are reported with their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError
from spanreg.registry.config.files import read_config


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"a.jsonnet": "import 'a.jsonnet'"},
            "a.jsonnet: imports itself: a.jsonnet -> a.jsonnet. remove one of these imports",
        ),
        (
            {"a.jsonnet": "local b = import 'd/b.libsonnet'; { x: b.x }", "d/b.libsonnet": "import '../a.jsonnet'"},
            "a.jsonnet: imports itself: a.jsonnet -> d/b.libsonnet -> a.jsonnet. remove one of these imports",
        ),
        (
            {"a.jsonnet": "(import 'd/b.libsonnet')", "d/b.libsonnet": "{ x: 1 } + import '../d/b.libsonnet'"},
            "d/b.libsonnet: imports itself: d/b.libsonnet -> d/b.libsonnet. remove one of these imports",
        ),
        (
            {"a.jsonnet": "{ x: self.x, y: import 'b.libsonnet' }", "b.libsonnet": "{}"},
            "a.jsonnet:1:6: evaluation recurses too deeply, as when a file imports itself or a value refers to itself."
            " break the cycle",
        ),
    ],
)
def test_an_import_cycle_is_reported_with_its_files(files: dict[str, str], message: str, here: Path) -> None:
    (here / "d").mkdir()
    for name, text in files.items():
        (here / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_config("a.jsonnet")
    assert str(caught.value) == message


def test_a_file_may_import_itself_if_the_evaluation_ends(here: Path) -> None:
    # Jsonnet is lazy: the inner import only evaluates x.
    (here / "a.jsonnet").write_text("{ x: 1, y: (import 'a.jsonnet').x }")
    assert read_config("a.jsonnet").values == {"x": 1, "y": 1}
