"""Data sets on the hub, and local folders of data files in the layouts that ``datasets`` knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spanreg.data.sources.data_card import require_card_inside, require_files_inside
from spanreg.data.sources.delimited import DIALECTS
from spanreg.data.sources.formats import TABLE_SUFFIXES, Format, format_of, read_table
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.parquet import table_of_dataset, words_of_feature
from spanreg.data.sources.splits import in_order, require_split
from spanreg.data.sources.table import SourceTable, joined_tables
from spanreg.packages import quiet_hub_client
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.files.expansion import require_bounded
from spanreg.text.files.suffixes import content_suffix
from spanreg.text.reasons import reason_of

if TYPE_CHECKING:
    from datasets import Dataset

_NOT_OPTIONS: Final = frozenset({"name", "version", "data_dir", "data_files", "description", "features"})
"Fields of a config of ``datasets`` that do not change how a file is read; features are compared with the files."
_CONFIGURATIONS: Final = re.compile(r"(?:Config name is missing|BuilderConfig .+ not found)\..*?(\[.*?\])", re.DOTALL)
"The text of an error of ``datasets`` that lists the configurations of a data set."


# Without slots: a cached property needs a ``__dict__``.
@dataclass(frozen=True, eq=False)
class HubData:
    """A data set on the hub, or a local folder in its layout; code that comes with it is never run.

    Example: ``HubData("./my_folder").table("train", ("text", "label"), "label")``.
    """

    path: str
    "Name on the hub, or a local folder."
    subset: str | None = None
    "Name of one of its configurations; None for the only or default one."
    revision: str | None = None
    "Branch, tag or commit; None for the main branch."

    def splits(self) -> tuple[str, ...]:
        """Return the names of the splits, in order.

        Raises:
            ConfigurationError: the data set cannot be loaded.
        """
        if self.is_local:
            return in_order(self._files)
        import datasets

        return in_order(
            self._ask(datasets.get_dataset_split_names, path=self.path, config_name=self.subset, revision=self.revision)
        )

    def table(self, split: str, wanted: Collection[str], label: str) -> SourceTable:
        """Return those of the wanted columns that a split has.

        Args:
            split: the split.
            wanted: the columns to read.
            label: the label column; the data set may have words for its label ids.

        Raises:
            ConfigurationError: there is no such split, or it cannot be read.
        """
        require_split(split, self.splits(), self.path)
        files = self._own_files(split)
        if not files:
            return self._loaded(split, wanted, label)
        tables = [read_table(file, form, wanted, label) for file, form in files]
        # The card of the folder may have label words that its files lack. It decides, as for ``datasets``.
        features = self._builder.info.features
        words = words_of_feature(features.to_dict().get(label)) if features else ()
        return joined_tables([replace(table, label_words=words) for table in tables] if words else tables)

    @property
    def is_local(self) -> bool:
        """True if the data set is a folder on this machine."""
        return Path(self.path).is_dir()

    @cached_property
    def _builder(self) -> Any:
        import datasets

        # Before ``datasets`` looks at the card, since it searches every folder that the card names, and contacts hosts.
        if self.is_local:
            require_card_inside(Path(self.path))
        builder = self._ask(datasets.load_dataset_builder, path=self.path, name=self.subset, revision=self.revision)
        found = builder.config.data_files or {}
        require_files_inside(self.path, (str(file) for files in found.values() for file in files))
        return builder

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """Local files by split."""
        found = self._builder.config.data_files or {}
        return {str(split): [str(file) for file in files] for split, files in found.items()}

    def _own_files(self, split: str) -> list[tuple[Path, Format]]:
        """Return the local files of a split with their formats; none if only ``datasets`` can read them.

        They are read as by the readers of their formats, so that the same checks apply.
        """
        files = [Path(name) for name in self._files[split]] if self.is_local else []
        if not all(file.is_file() and content_suffix(file) in TABLE_SUFFIXES for file in files):
            return []
        # With an empty layout, the suffix alone decides.
        own = [(file, format_of(file, DataLayout())) for file in files]
        return own if self._is_plain({form for _, form in own}) else []

    def _is_plain(self, forms: Collection[Format]) -> bool:
        """Return whether the card of the folder has no options for reading its files, such as another separator."""
        config = self._builder.config
        plain = vars(type(config)())
        options = {name: value for name, value in vars(config).items() if value != plain.get(name)}
        # ``datasets`` itself sets the separator of .tsv files.
        if [options.get("sep")] == [DIALECTS[form].delimiter for form in forms if form in DIALECTS]:
            del options["sep"]
        return not options.keys() - _NOT_OPTIONS

    def _loaded(self, split: str, wanted: Collection[str], label: str) -> SourceTable:
        """Return a split as ``datasets`` reads it; values of comma-separated files stay strings."""
        import datasets

        # ``datasets`` unpacks files without a limit of its own.
        if self.is_local:
            require_bounded(Path(self.path))
        as_text: dict[str, Any] = {}
        if type(self._builder.config).__name__ == "CsvConfig":
            # pandas would read the label "NA" as missing, and "01" as the number 1.
            as_text = {"converters": dict.fromkeys(wanted, str), "keep_default_na": False}
        source = {"path": self.path, "name": self.subset, "revision": self.revision, "split": split}
        dataset = self._ask(datasets.load_dataset, **source, **as_text)
        return replace(table_of_dataset(dataset, f"{self.path}, {split}", wanted, label), typed=not as_text)

    def _ask(self, function: Any, **arguments: Any) -> Any:
        hint = "give the name of a data set on the hub, or a local folder of data files"
        try:
            return _call_datasets(function, (), arguments, f"cannot load {self.path}", hint)
        except ConfigurationError as error:
            # ``datasets`` names them after the first line of its text, which is all that the message has.
            listed = _CONFIGURATIONS.search(str(error.__cause__))
            if listed is None:
                raise
            named = self.subset is not None
            problem = f"{self.path} has {f'no configuration {self.subset!r}' if named else 'several configurations'}"
            names = re.findall("'([^']+)'", listed[1])
            hint = suggest(self.subset or "", names, "configurations")
            raise ConfigurationError(problem, path="subset", hint=hint) from error.__cause__


def load_hub_split(*names: str, split: str, task: str, hint: str) -> Dataset:
    """Return a split of a public data set on the hub.

    Args:
        names: the repository, and the configuration where it has several.
        split: the split.
        task: name of the task in errors.
        hint: what to do without a network.

    Raises:
        ConfigurationError: the split cannot be loaded.
    """
    import datasets

    problem = f"cannot load {task} from the hub ({names[0]})"
    # Only data is loaded, no code; a run records the fingerprint of what it read.
    dataset: Dataset = _call_datasets(datasets.load_dataset, names, {"split": split}, problem, hint)
    return dataset


def _call_datasets(function: Any, names: Sequence[str], arguments: dict[str, Any], problem: str, hint: str) -> Any:
    try:
        with quiet_hub_client():
            return function(*names, **arguments)
    except Exception as error:  # the clients of the hub raise errors of many packages
        raise ConfigurationError(f"{problem}: {reason_of(error)}", path="path", hint=hint) from error
