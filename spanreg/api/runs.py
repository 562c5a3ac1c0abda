"""The class ``Run``, a finished run that predicts, and ``load``, which returns one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

# Registers span models with the auto classes of transformers, and our pipelines.
import spanreg.integrations.transformers  # noqa: F401
from spanreg.api.answers import Predictions, Segmentation, Segmentations
from spanreg.api.progress import quiet_bars
from spanreg.data.sources.formats import Format
from spanreg.integrations.hub import located_run
from spanreg.registry import ConfigurationError, include_packages
from spanreg.registry.names import spell_value
from spanreg.segmenters.spans.offsets import layers_of_texts
from spanreg.text.display import TableView, Viewable
from spanreg.training.data.examples import as_example
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.predict import Window, answers
from spanreg.training.serving.saved_run import SavedRun

TextOrRow = str | Mapping[str, Any]
"A text, or a row of a table by column."


class Run(SavedRun, Viewable):
    """A finished run that predicts, segments and evaluates; ``spanreg.load`` returns one.

    ``spanreg.load("run").predict(["She spilled the beans."])[0]["label"]``

    Everything comes from its folder, which may have been moved.

    Parameters:
        path: the run folder, or its folder ``model``.

    Raises:
        ConfigurationError: it is not a run folder, or the run is unfinished, damaged or of another version.
    """

    @property
    def metrics(self) -> dict[str, Any]:
        """Content of ``metrics.json``: ``run.metrics["splits"]["validation"]["accuracy"]``.

        Raises:
            ConfigurationError: the folder is a model without its run.
        """
        return self._record("metrics")

    @property
    def spans(self) -> dict[str, dict[str, Any]]:
        """Statistics of the spans in every split of the data: spans per sentence, coverage, lengths.

        ``run.spans["train"]``

        Raises:
            ConfigurationError: the folder is a model without its run.
        """
        return {split: facts.get("spans") or {} for split, facts in self._record("data").items()}

    def predict(self, texts: Sequence[TextOrRow], pairs: Sequence[str] | None = None) -> Predictions:
        """Return an answer for each text: its label, the probabilities, and its spans.

        ``run.predict(["She spilled the beans."])[0]["label"]``

        Args:
            texts: texts; or rows with the columns of the training data, ``{"text": ..., "pair": ...}``; for token
                classification a row may have a list of words, ``{"tokens": [...]}``.
            pairs: the second text of each pair, for a task on pairs.

        Raises:
            ConfigurationError: a text is missing or not a string.
        """
        # Rows have one form from here on, whichever way the texts were given.
        rows = _rows(texts, pairs)

        def examples() -> Window:
            for number, row in enumerate(rows):
                yield as_example(row, self.task, f"texts[{number}]", self.layout)

        return Predictions(answers(self, [examples()]))

    def segment(self, texts: Sequence[str]) -> Segmentations:
        """Return the spans of each text, as the run's segmenter finds them.

        ``run.segment(["She spilled the beans."])[0].pieces``

        Args:
            texts: single texts; the two texts of a pair are segmented one by one.

        Raises:
            ConfigurationError: a text is not a string.
        """
        _require_list(texts)
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise ConfigurationError(f"is {spell_value(text)}", file=f"texts[{number}]", hint="give a string")
        found = []
        for text, layers in zip(texts, layers_of_texts(self.segmenter, texts), strict=True):
            spans = [tuple((span.start, span.end) for span in layer) for layer in layers]
            # Most segmenters give one segmentation, for which ``spans`` suffices.
            found.append(Segmentation(text, spans[0], tuple(spans) if len(spans) > 1 else ()))
        return Segmentations(found)

    def evaluate(
        self,
        split: str | None = None,
        *,
        data: str | Path | None = None,
        predictions: str | Path | None = None,
        form: Format | None = None,
    ) -> dict[str, float]:
        """Return the metrics on a split of the run's task, or on a file.

        ``run.evaluate("test")["accuracy"]``, or ``run.evaluate(data="more.csv")``

        Args:
            split: the split, whose data are read again; default: the first that was evaluated after training. With
                ``data``, the split of a folder.
            data: a file of labelled examples in any format that training reads, or a folder of such files.
            predictions: with ``data``, a file for the predictions; those of a split are written into the run folder.
            form: with ``data``, its format; default: by its suffix.

        Raises:
            ConfigurationError: the split does not exist, the data cannot be read, ``predictions`` is given without
                ``data``, or the predictions cannot be written.
        """
        with quiet_bars():
            if data is None:
                if predictions is not None:
                    hint = "predictions of a split are written into the run folder"
                    raise ConfigurationError("needs data", path="predictions", hint=hint)
                return evaluate_on_split(self, split or next(iter(self.metrics["splits"])))
            file = None if predictions is None else Path(predictions)
            return evaluate_on_file(self, Path(data), file, form=form, split=split)

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r})"

    def _record(self, name: str) -> dict[str, Any]:
        if not self.folder.has_config:
            problem = f"{self.folder.path} is a model without its run, so it has no {name}"
            raise ConfigurationError(problem, hint="name the run folder")
        return self.folder.read(name)

    def _view(self) -> TableView:
        title = f"run {self.folder.path.name}: {self.task.name}, {self.task.kind}"
        parts = self.model.config.components
        notes = ["; ".join(f"{family}: {_type_of(part)}" for family, part in parts.items())]
        splits = self.metrics["splits"] if self.folder.has_config else {}
        rows = [(split, name, value) for split, figures in splits.items() for name, value in figures.items()]
        return TableView(title, ("split", "figure", "value"), rows, notes)


def load(path: str | Path, *, include: Iterable[str] = ()) -> Run:
    """Load a finished run, ready to predict, segment and evaluate.

    ``spanreg.load("run").predict(["Nobody spills the beans."])``

    Like ``import spanreg.integrations.transformers``, it registers span models with the auto classes of transformers,
    and our pipelines. Security: no code in the folder is run or imported.

    Args:
        path: a run folder, or the folder ``model`` of a run, wherever it was copied; or the name of a model on the hub,
            ``user/model`` or ``user/model@revision``, if there is no such folder.
        include: packages with your own components to import.

    Raises:
        ConfigurationError: neither the folder nor the model exists; the run is unfinished, damaged or of another
            version; or a package cannot be imported.
    """
    include_packages(list(include))
    with quiet_bars():
        return Run(located_run(path))


def _rows(texts: Sequence[TextOrRow], pairs: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return texts, with the second texts of pairs, as rows with the columns ``text`` and ``pair``."""
    _require_list(texts)
    rows = [dict(one) if isinstance(one, Mapping) else {"text": one} for one in texts]
    if pairs is None:
        return rows
    if isinstance(pairs, str) or len(pairs) != len(rows):
        problem = "expected a list" if isinstance(pairs, str) else f"has {len(pairs)} texts for {len(rows)}"
        raise ConfigurationError(problem, path="pairs", hint="give one second text for each text")
    return [{**row, "pair": pair} for row, pair in zip(rows, pairs, strict=True)]


def _require_list(texts: object) -> None:
    """Check that texts are a list: a single text would be read as a list of characters."""
    if isinstance(texts, str | Mapping):
        raise ConfigurationError("expected a list, got one text", path="texts", hint="write [text]")


def _type_of(part: Any) -> str:
    return str(part.get("type", "default") if isinstance(part, Mapping) else part or "default")
