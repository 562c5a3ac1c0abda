"""Models on a hub: pushed, fetched and loaded by name, with a stub of the hub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
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
    """Return an empty cache of the hub, which is turned off as in all tests."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    # The client reads the variable when it is imported, which a conftest may do before the tests set it.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return tmp_path / "cache"


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Yield a stub of the hub that the client can reach."""
    with HubServer() as server:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files in a folder, by their paths in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_cache(cache: Path, model: Path) -> Path:
    """Write a model folder into the cache in the layout of the hub's client, and return its snapshot.

    The layout has blobs, a snapshot of links to them, and a reference to the snapshot.
    """
    repo = cache / "models--user--idioms"
    snapshot = repo / "snapshots" / SHA
    for number, path in enumerate(sorted(path for path in model.rglob("*") if path.is_file())):
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
def test_names_of_models_are_parsed(text: str, name: HubName | None) -> None:
    assert HubName.of(text) == name


def test_a_pushed_model_is_loaded_by_its_name(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "model" / "my_notes.txt").write_text("private", encoding="utf-8")
    assert push_model(run, "user/idioms", private=True) == f"{hub.url}/user/idioms"
    # Only files that the run wrote are uploaded.
    assert set(hub.files["user/idioms"]) == set(read_files(run / "model")) - {"my_notes.txt"}
    authorizations = {authorization for method, _, authorization in hub.requests if method == "POST"}
    assert authorizations - {""} == {f"Bearer {TOKEN}"}
    loaded = spanreg.load("user/idioms")
    assert loaded.predict(TEXTS) == spanreg.load(finished).predict(TEXTS)


def test_a_private_push_to_a_public_repository_is_refused(hub: HubServer, finished: Path) -> None:
    hub.files["user/known"] = {}
    hub.public.add("user/known")
    with pytest.raises(ConfigurationError, match=r"^--private: user/known exists and is public\. make it private"):
        push_model(finished, "user/known", private=True)
    assert hub.files["user/known"] == {}
    push_model(finished, "user/known")
    assert hub.files["user/known"]


def test_code_and_pickles_are_not_fetched(
    hub: HubServer, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hub.files["user/idioms"] = read_files(finished / "model")
    code = b"import os; os.system('touch owned')"
    for name in ("modeling.py", "pytorch_model.bin", "files/setup.py", "custom.json/../x.py", "run.sh", "a.pkl"):
        hub.files["user/idioms"][name] = code
    folder = fetch_model(HubName("user/idioms"))
    assert set(read_files(folder)) == set(read_files(finished / "model"))
    # transformers would import the class that "auto_map" names.
    config = json.loads(hub.files["user/idioms"]["config.json"])
    config["auto_map"] = {"AutoModel": "modeling.Evil"}
    hub.files["user/evil"] = {**hub.files["user/idioms"], "config.json": json.dumps(config).encode()}
    with pytest.raises(ConfigurationError, match=r"config\.json is damaged"):
        spanreg.load("user/evil")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ["x.PKL", "files/x.Py", "files/a/b.joblib", "files/x.npy", "files/0.ckpt"])
def test_code_and_pickles_are_not_fetched_in_any_spelling(name: str) -> None:
    assert not list(filter_repo_objects([name], allow_patterns=list(FETCHED), ignore_patterns=list(NOT_FETCHED)))
    kept = ["config.json", "files/0.jsonl", "files/1.txt.zst", "dictionaries/0.parquet"]
    assert list(filter_repo_objects(kept, allow_patterns=list(FETCHED), ignore_patterns=list(NOT_FETCHED))) == kept


def test_a_cached_model_is_loaded_offline(cache: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = write_cache(cache, finished / "model")
    assert located_run("user/idioms") == snapshot
    assert spanreg.load("user/idioms").predict(TEXTS) == spanreg.load(finished).predict(TEXTS)
    texts = snapshot.parents[2] / "texts.jsonl"
    texts.write_text('{"text": "the red fox"}\n', encoding="utf-8")
    assert main(["predict", "user/idioms", str(texts)]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "the red fox"


def test_a_folder_precedes_a_model_of_the_hub(
    hub: HubServer, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished / "model", tmp_path / "user" / "idioms")
    assert located_run("user/idioms") == Path("user/idioms")
    assert hub.requests == []


def test_a_mistyped_path_makes_no_request(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_message_offline_names_the_variable(
    cache: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = "there is no folder user/idioms, and the hub is turned off by HF_HUB_OFFLINE. unset it, or give a folder"
    assert main(["predict", "user/idioms", "-"]) == 2
    assert capsys.readouterr().err == message + "\n"
    assert main(["push", str(finished), "user/idioms"]) == 2
    assert "was not pushed: the hub is turned off by HF_HUB_OFFLINE" in capsys.readouterr().err


def test_an_unreachable_hub_is_one_message(hub: HubServer, finished: Path) -> None:
    hub.__exit__()
    for call in (lambda: fetch_model(HubName("user/idioms")), lambda: push_model(finished, "user/idioms")):
        with pytest.raises(ConfigurationError) as caught:
            call()
        (problem,) = caught.value.problems
        assert f"the hub ({hub.url}) cannot be reached (" in problem.problem
        assert problem.hint == "check the network, or give a folder"
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("status", "message"),
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
def test_a_refusal_is_explained_without_the_token(hub: HubServer, status: int | None, message: str) -> None:
    hub.refusal = status
    with pytest.raises(ConfigurationError) as caught:
        fetch_model(HubName("user/idioms"))
    assert str(caught.value).startswith(f"there is no folder user/idioms, and the hub ({hub.url}) {message}")
    assert TOKEN not in str(caught.value)


def test_a_model_that_spanreg_did_not_write_is_refused(hub: HubServer) -> None:
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
def test_a_wrong_name_of_a_repository_is_refused(finished: Path, repo: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        push_model(finished, repo)
    assert str(caught.value).startswith(message)


def test_a_damaged_run_is_not_pushed(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "model" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"model/config\.json is damaged"):
        push_model(run, "user/idioms")
    assert hub.requests == []


def test_a_model_with_a_link_out_of_it_is_not_pushed(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "model" / "passwords.txt").symlink_to(finished / "config.json")
    with pytest.raises(ConfigurationError, match=r"passwords\.txt is a link that leads out of"):
        push_model(run, "user/idioms")
    shutil.rmtree(run / "model")
    (run / "model").symlink_to(finished / "model")
    with pytest.raises(ConfigurationError, match="is a link that leads out of"):
        push_model(run, "user/idioms")
    assert hub.requests == []


def test_a_run_without_checksums_is_not_pushed(
    hub: HubServer, finished: Path, tmp_path: Path, as_earlier_version: Callable[[Path], None]
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    as_earlier_version(run)
    with pytest.raises(ConfigurationError, match="has no checksums"):
        push_model(run, "user/idioms")
    assert hub.requests == []


def test_a_missing_run_is_not_pushed(hub: HubServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
        push_model(tmp_path / "missing", "user/idioms")
    assert hub.requests == []


def test_the_command_pushes_without_torch(hub: HubServer, finished: Path, tmp_path: Path) -> None:
    # A process of its own, because the hub's client reads the variables when it is imported.
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
