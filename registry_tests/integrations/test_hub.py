"""Models are pushed to a hub and loaded from it by name; a stub serves as the hub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import filter_repo_objects

import spanreg
from registry_tests.integrations.hub_server import SHA, HubServer
from spanreg.cli.main import main
from spanreg.integrations.hub import FETCHED, NOT_FETCHED, HubName, fetch_model, located_run, push_model
from spanreg.registry import ConfigurationError

TEXTS = ["the red fox ran", "by and large"]
TOKEN = "hf_SecretSecretSecretSecret"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, which is turned off, as in all tests."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    # The client reads the variable when it is imported, which a conftest may do before the tests set it.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return tmp_path / "cache"


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A stub of the hub that can be reached."""
    with HubServer() as server:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server


def serve(hub: HubServer, model: Path, repo: str = "user/idioms") -> None:
    """Put a model folder on the hub."""
    files = (path for path in model.rglob("*") if path.is_file())
    hub.files[repo] = {path.relative_to(model).as_posix(): path.read_bytes() for path in files}


def put_into_cache(cache: Path, model: Path) -> Path:
    """Write a model folder into the cache of the hub in its layout: blobs, a snapshot of links, a reference."""
    repo = cache / "models--user--idioms"
    snapshot = repo / "snapshots" / SHA
    for number, path in enumerate(sorted(one for one in model.rglob("*") if one.is_file())):
        blob, link = repo / "blobs" / f"{number:040x}", snapshot / path.relative_to(model)
        blob.parent.mkdir(parents=True, exist_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, blob)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(SHA, encoding="utf-8")
    return snapshot


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("user/model", HubName("user/model")),
        ("user/my.model-1@v1/x", HubName("user/my.model-1", "v1/x")),
        ("model", None),
        ("a/b/c", None),
        ("./model", None),
        ("../model", None),
        ("user/..", None),
        ("user/model@", None),
        ("/user/model", None),
        ("user/model\n", None),
    ],
)
def test_names(text: str, name: HubName | None) -> None:
    assert HubName.of(text) == name


def test_push_and_load(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "model" / "my_notes.txt").write_text("private", encoding="utf-8")
    assert push_model(run, "user/idioms", private=True) == f"{hub.url}/user/idioms"
    assert "my_notes.txt" not in hub.files["user/idioms"], "only what the run wrote"
    expected = {path.relative_to(run / "model").as_posix() for path in (run / "model").rglob("*") if path.is_file()}
    assert set(hub.files["user/idioms"]) == expected - {"my_notes.txt"}
    asked = {authorization for method, _, authorization in hub.requests if method == "POST"}
    assert asked - {""} == {f"Bearer {TOKEN}"}
    loaded = spanreg.load("user/idioms")
    assert loaded.predict(TEXTS) == spanreg.load(finished).predict(TEXTS)


def test_private_is_never_public(hub: HubServer, finished: Path) -> None:
    hub.files["user/known"] = {}
    hub.public.add("user/known")
    with pytest.raises(ConfigurationError, match=r"^--private: user/known exists and is public\. make it private"):
        push_model(finished, "user/known", private=True)
    assert hub.files["user/known"] == {}
    push_model(finished, "user/known")
    assert hub.files["user/known"]


def test_code_and_pickles_are_never_fetched(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    serve(hub, finished / "model")
    evil = b"import os; os.system('touch owned')"
    for name in ("modeling.py", "pytorch_model.bin", "files/setup.py", "custom.json/../x.py", "run.sh", "a.pkl"):
        hub.files["user/idioms"][name] = evil
    folder = fetch_model(HubName("user/idioms"))
    fetched = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert fetched == {
        path.relative_to(finished / "model").as_posix() for path in (finished / "model").rglob("*") if path.is_file()
    }
    config = json.loads(hub.files["user/idioms"]["config.json"])
    config["auto_map"] = {"AutoModel": "modeling.Evil"}
    hub.files["user/evil"] = {**hub.files["user/idioms"], "config.json": json.dumps(config).encode()}
    with pytest.raises(ConfigurationError, match=r"config\.json is damaged"):
        spanreg.load("user/evil")
    assert not Path("owned").exists()


@pytest.mark.parametrize("name", ["x.PKL", "files/x.Py", "files/a/b.joblib", "files/x.npy", "files/0.ckpt"])
def test_no_spelling_of_code_or_pickles_is_fetched(name: str) -> None:
    assert not list(filter_repo_objects([name], allow_patterns=list(FETCHED), ignore_patterns=list(NOT_FETCHED)))
    kept = ["config.json", "files/0.jsonl", "files/1.txt.zst", "dictionaries/0.parquet"]
    assert list(filter_repo_objects(kept, allow_patterns=list(FETCHED), ignore_patterns=list(NOT_FETCHED))) == kept


def test_the_cache_is_enough(cache: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = put_into_cache(cache, finished / "model")
    assert located_run("user/idioms") == snapshot
    assert spanreg.load("user/idioms").predict(TEXTS) == spanreg.load(finished).predict(TEXTS)
    texts = snapshot.parents[2] / "texts.jsonl"
    texts.write_text('{"text": "the red fox"}\n', encoding="utf-8")
    assert main(["predict", "user/idioms", str(texts)]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "the red fox"


def test_a_folder_comes_first(hub: HubServer, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished / "model", tmp_path / "user" / "idioms")
    assert located_run("user/idioms") == Path("user/idioms")
    assert hub.requests == []


def test_a_mistyped_path_asks_no_server(
    hub: HubServer, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    with pytest.raises(ConfigurationError, match="^there is no folder runs/rte"):
        spanreg.load("runs/rte")
    assert hub.requests == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("predict user/idioms nofile", "cannot read nofile: No such file or directory"),
        ("predict user/idioms texts.jsonl --split test", "texts.jsonl is a single file, without splits"),
        ("predict user/idioms - --format parquet", "--format: cannot be used for stdin"),
        ("evaluate user/idioms --data nofile", "cannot read nofile: No such file or directory"),
        ("evaluate user/idioms --data texts.jsonl --split test", "texts.jsonl is a single file, without splits"),
        ("evaluate user/idioms --predictions out", "--predictions: needs --data"),
        ("export user/idioms --transformers there", "there exists already"),
        ("export user/idioms --onnx new", "the package 'onnx' is not installed"),
        ("predict user/idioms texts.jsonl --include-package nopkg", "--include-package: there is no module 'nopkg'"),
        ("push user/idioms user/other", "there is no folder user/idioms"),
    ],
)
def test_no_request_is_made_before_the_other_arguments_are_checked(
    hub: HubServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("spanreg.packages.has_package", lambda package: package != "onnx")
    (tmp_path / "there").mkdir()
    (tmp_path / "texts.jsonl").write_text('{"text": "the red fox", "label": "literal"}\n', encoding="utf-8")
    assert main(command.split()) == 2
    assert capsys.readouterr().err.startswith(message)
    assert hub.requests == []


def test_offline(cache: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = "there is no folder user/idioms, and the hub is turned off by HF_HUB_OFFLINE. unset it, or give a folder"
    assert main(["predict", "user/idioms", "-"]) == 2
    assert capsys.readouterr().err == message + "\n"
    assert main(["push", str(finished), "user/idioms"]) == 2
    assert "was not pushed: the hub is turned off by HF_HUB_OFFLINE" in capsys.readouterr().err


def test_unreachable(hub: HubServer, finished: Path) -> None:
    hub.__exit__()
    for call in (lambda: fetch_model(HubName("user/idioms")), lambda: push_model(finished, "user/idioms")):
        with pytest.raises(ConfigurationError) as caught:
            call()
        (problem,) = caught.value.problems
        assert f"the hub ({hub.url}) cannot be reached (" in problem.problem
        assert problem.hint == "check the network, or give a folder"
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            None,
            "has no model user/idioms. check the name; for a private one, log in with 'hf auth login', or set HF_TOKEN",
        ),
        (401, "refuses access to user/idioms. check its name, or log in with 'hf auth login', or set HF_TOKEN"),
        (403, "refuses access to user/idioms. "),
        (418, "answered 418. try again later"),
    ],
)
def test_refusals(hub: HubServer, answer: int | None, message: str) -> None:
    hub.answer = answer
    with pytest.raises(ConfigurationError) as caught:
        fetch_model(HubName("user/idioms"))
    assert str(caught.value).startswith(f"there is no folder user/idioms, and the hub ({hub.url}) {message}")
    assert TOKEN not in str(caught.value)


def test_a_model_of_another_kind(hub: HubServer) -> None:
    hub.files["user/bert"] = {"config.json": b"{}"}
    with pytest.raises(ConfigurationError) as caught:
        spanreg.load("user/bert")
    assert str(caught.value) == (
        "user/bert on the hub is not a model of spanreg: it has no inference.json. "
        "name a model that 'spanreg push' wrote"
    )


@pytest.mark.parametrize(
    ("repo", "message"),
    [
        ("idioms", "REPO: 'idioms' is not the name of a repository. give USER/MODEL"),
        ("user/idioms@v1", "REPO: 'user/idioms@v1' is not the name of a repository"),
    ],
)
def test_names_of_repositories(finished: Path, repo: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        push_model(finished, repo)
    assert str(caught.value).startswith(message)


def test_what_is_not_pushed(hub: HubServer, finished: Path, tmp_path: Path, as_earlier_version: object) -> None:
    damaged = shutil.copytree(finished, tmp_path / "damaged")
    (damaged / "model" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"model/config\.json is damaged"):
        push_model(damaged, "user/idioms")
    leading = shutil.copytree(finished, tmp_path / "leading")
    (leading / "model" / "passwords.txt").symlink_to(finished / "config.json")
    with pytest.raises(ConfigurationError, match=r"passwords\.txt is a link that leads out of"):
        push_model(leading, "user/idioms")
    elsewhere = shutil.copytree(finished, tmp_path / "elsewhere")
    shutil.rmtree(elsewhere / "model")
    (elsewhere / "model").symlink_to(finished / "model")
    with pytest.raises(ConfigurationError, match="is a link that leads out of"):
        push_model(elsewhere, "user/idioms")
    older = shutil.copytree(finished, tmp_path / "older")
    as_earlier_version(older)  # type: ignore[operator]
    with pytest.raises(ConfigurationError, match="has no checksums"):
        push_model(older, "user/idioms")
    with pytest.raises(ConfigurationError, match="there is no folder"):
        push_model(tmp_path / "missing", "user/idioms")
    assert hub.requests == []


def test_the_command(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    """In a process of its own, with the variables that a user sets; torch is not needed to upload."""
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
    code = (
        "import sys; from spanreg.cli.main import main; code = main(sys.argv[1:]); "
        "print('torch' in sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "push", str(finished), "user/idioms"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"the model is at {hub.url}/user/idioms; load it by spanreg.load('user/idioms')\n", (
        done.stderr
    )
    assert done.stderr == "False\n"
    assert TOKEN not in done.stdout + done.stderr
    assert "model.safetensors" in hub.files["user/idioms"]
