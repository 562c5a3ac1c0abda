"""Push the model of a run to a hub of models, and load models by their names on it.

Only files of a saved model are ever fetched: JSON, texts, tables and safetensors. No code of a repository is run, and
access tokens appear in no message.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spanreg.packages import quiet_hub_client
from spanreg.registry import ConfigurationError, MistakeCollector
from spanreg.storage import MANIFEST, require_links_inside
from spanreg.text.reasons import reason_of
from spanreg.training.runs.reader import ModelFolder, finished_run

logger = logging.getLogger(__name__)

FETCHED: Final = ("*.json", "*.parquet", "*.safetensors", "*.txt", "*.model", "files/*", "README.md")
"Patterns of the files of a saved model."
_CODE: Final = "py pyc pyd pyw so dll dylib exe sh bat js ipynb"
_PICKLES: Final = "bin pkl pickle pt pth ckpt joblib dill npy npz"
NOT_FETCHED: Final = tuple(
    # The hub's client compares upper and lower case.
    "*." + "".join(f"[{letter}{letter.upper()}]" for letter in suffix)
    for suffix in (*_CODE.split(), *_PICKLES.split())
)
"Patterns of code and pickles, which are never fetched, even if they match ``FETCHED``."

_NAME: Final = re.compile(r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*)(?:@(?P<revision>[\w./-]+))?")
_TOKEN: Final = re.compile(r"\bhf_\w{6,}|(?<=Bearer )\S+")
"Access tokens of the hub, and those of a request's headers, which no message may have."
_LOG_IN: Final = "log in with 'hf auth login', or set HF_TOKEN"


@dataclass(frozen=True, slots=True)
class HubName:
    """Name of a model on the hub.

    ``HubName.of("user/model@v1")``
    """

    repo: str
    revision: str | None = None
    "Branch, tag or commit; None for the main branch."

    @classmethod
    def of(cls, text: str) -> HubName | None:
        """Return the name that a text has the form of: ``user/model``, or ``user/model@revision``; otherwise None."""
        found = _NAME.fullmatch(text)
        # Security: the hub's client makes a path in its cache from the revision.
        return None if found is None or ".." in text else cls(found["repo"], found["revision"])


def located_run(path: str | Path) -> Path:
    """Return the folder of a run, or of a model that is fetched from the hub if there is no such folder here.

    Args:
        path: a folder, or ``user/model`` or ``user/model@revision`` on the hub.

    Raises:
        ConfigurationError: there is neither; or the hub cannot be reached, and the model is not in its cache.
    """
    name = remote_name(path)
    return Path(path).expanduser() if name is None else fetch_model(name)


def remote_name(path: str | Path) -> HubName | None:
    """Return the name on the hub that a path has the form of; None if it names a folder here. Asks no server.

    Args:
        path: a folder, or ``user/model`` or ``user/model@revision`` on the hub.
    """
    folder = Path(path).expanduser()
    # Where there is a folder "runs", "runs/rte" is a mistyped path and not a model of the user "runs".
    is_local = folder.exists() or (folder.parent != Path() and folder.parent.exists())
    return None if is_local else HubName.of(str(path))


def fetch_model(name: HubName) -> Path:
    """Return the folder of a model of the hub, fetched now or found in the hub's cache.

    Raises:
        ConfigurationError: the hub has no such model, refuses access, or cannot be reached; or the model is not one of
            spanreg.
    """
    from huggingface_hub import snapshot_download

    with _explained(name, f"there is no folder {_spell(name)}, and"):
        path = Path(
            snapshot_download(
                name.repo, revision=name.revision, allow_patterns=list(FETCHED), ignore_patterns=list(NOT_FETCHED)
            )
        )
    if not (path / "inference.json").is_file():
        problem = f"{_spell(name)} on the hub is not a model of spanreg: it has no inference.json"
        raise ConfigurationError(problem, hint="name a model that 'spanreg push' wrote")
    return path


def push_model(run: Path, repo: str, *, private: bool = False, message: str = "") -> str:
    """Upload the model of a finished run, with all that its inputs need, and return its address.

    What is uploaded is the folder ``model`` of the run, each file verified; other files in it stay here.

    Args:
        run: a run folder, or its folder ``model``.
        repo: ``user/model`` or ``organisation/model``; it is made if it does not exist.
        private: make a new repository private; one that exists must be private.
        message: message of the commit; default: one that names the run.

    Raises:
        ConfigurationError: the run is unfinished or damaged, the name is wrong, the repository exists and is public
            where ``private`` is asked for, or the hub refuses the upload or cannot be reached.
    """
    from huggingface_hub import HfApi

    mistakes = MistakeCollector()
    with mistakes:
        name = _repository(repo)
    with mistakes:
        reader = finished_run(run)
        require_links_inside(reader.path)  # the folder "model" itself may be a link
        folder = reader.model
        files = _files_of(folder)
    mistakes.raise_all()
    api = HfApi()
    with _explained(name, f"{folder} was not pushed:"):
        # None leaves it to the organization, whose default may be private; False would make it public.
        api.create_repo(name.repo, private=private or None, exist_ok=True)
        # ``create_repo`` leaves a repository that exists as it is.
        if private and not api.repo_info(name.repo).private:
            hint = "make it private in its settings on the hub, or give another name"
            raise ConfigurationError(f"{name.repo} exists and is public", path="--private", hint=hint)
        commit: Any = api.upload_folder(
            repo_id=name.repo,
            folder_path=folder,
            # fnmatch reads brackets as patterns, and a name may have them.
            allow_patterns=[re.sub(r"([*?\[])", r"[\1]", file) for file in files],
            commit_message=message or f"Upload the spanreg run {finished_run(run).path.absolute().name}",
        )
    return str(commit.repo_url)


def _repository(repo: str) -> HubName:
    name = HubName.of(repo)
    if name is None or name.revision is not None:
        raise ConfigurationError(f"'{repo}' is not the name of a repository", path="REPO", hint="give USER/MODEL")
    return name


def _files_of(folder: Path) -> list[str]:
    """Return the files of a saved model, verified against its manifest.

    Raises:
        ConfigurationError: the folder has no manifest, a file is damaged, or a link in it leads out of it.
    """
    # Security: a folder from a stranger must not name a file of this machine to upload.
    require_links_inside(folder)
    model = ModelFolder(folder)
    if model.files.manifest is None:
        problem = f"the model in {folder} has no checksums: an earlier version of spanreg wrote it"
        raise ConfigurationError(problem, hint="train the run again, or upload the folder yourself")
    model.verify()
    return [*model.files.manifest.names(), MANIFEST]


@contextmanager
def _explained(name: HubName, beginning: str) -> Iterator[None]:
    """Turn an error of the hub's client into one message.

    Args:
        name: the model.
        beginning: beginning of the message.

    Raises:
        ConfigurationError: the block raised such an error.
    """
    from huggingface_hub import errors

    # The base class of the client's HTTP library, which differs from version to version.
    transport: Any = errors.HfHubHTTPError.__mro__[1]
    known = (errors.HfHubHTTPError, errors.HFValidationError, errors.LocalTokenNotFoundError, OSError, transport)
    try:
        with quiet_hub_client(), _without_bars():
            yield
    except known as error:
        problem, hint = _reason(name, error)
        # The cause is left out: its text may have the request, with the token in its headers.
        raise ConfigurationError(f"{beginning} {problem}", hint=hint) from None


def _reason(name: HubName, error: Exception) -> tuple[str, str]:
    """Return what an error of the hub's client means, and what to do."""
    from huggingface_hub import constants, errors

    # The client looks into its cache if a request fails; the reason of the failure is the cause.
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    status = getattr(getattr(error, "response", None), "status_code", None)
    where = f"the hub ({constants.ENDPOINT})"
    if constants.is_offline_mode() or isinstance(error, errors.OfflineModeIsEnabled):
        return "the hub is turned off by HF_HUB_OFFLINE", "unset it, or give a folder"
    if isinstance(error, errors.GatedRepoError):
        return f"{where} asks for consent to its terms before {name.repo} can be read", f"give it there, and {_LOG_IN}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{name.repo} on {where} has no revision '{name.revision}'", "give another one, or none"
    # Before 404: the hub also answers 401 for a name that does not exist, so as not to reveal private ones.
    if status in (401, 403) or isinstance(error, errors.LocalTokenNotFoundError):
        return f"{where} refuses access to {name.repo}", f"check its name, or {_LOG_IN}"
    if status == 404 or isinstance(error, errors.RepositoryNotFoundError):
        return f"{where} has no model {name.repo}", f"check the name; for a private one, {_LOG_IN}"
    if status is not None:
        return f"{where} answered {status}", "try again later"
    if isinstance(error, errors.HFValidationError):
        return _first_line(error), "give USER/MODEL"
    return f"{where} cannot be reached ({_first_line(error)})", "check the network, or give a folder"


def _first_line(error: Exception) -> str:
    """Return the first line of an error without tokens."""
    from huggingface_hub import get_token

    # The token of this user by its value, and others by their form.
    text, token = reason_of(error), get_token()
    return _TOKEN.sub("***", text.replace(token, "***") if token else text)


@contextmanager
def _without_bars() -> Iterator[None]:
    """Hide the client's progress bars within the block."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _spell(name: HubName) -> str:
    return f"{name.repo}@{name.revision}" if name.revision else name.repo
