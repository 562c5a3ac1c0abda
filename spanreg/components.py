"""All built-in components, and the bases of their families, by the names of their classes.

``from spanreg.components import HierarchicalCnn, Segmenter``; a component is imported when its name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spanreg.registry.source import index

# For type checkers and editors, which cannot follow ``__getattr__``; ``X as X`` marks a re-export.
if TYPE_CHECKING:
    from spanreg.aggregators.attention_max_pool import AttentionMaxPool as AttentionMaxPool
    from spanreg.aggregators.base import Aggregator as Aggregator
    from spanreg.aggregators.cnn_max_pool import CnnMaxPool as CnnMaxPool
    from spanreg.aggregators.endpoint import EndpointAggregator as EndpointAggregator
    from spanreg.aggregators.flat_cnn import FlatCnn as FlatCnn
    from spanreg.aggregators.hierarchical_cnn import HierarchicalCnn as HierarchicalCnn
    from spanreg.aggregators.max_pool import MaxPool as MaxPool
    from spanreg.aggregators.mean_pool import MeanPool as MeanPool
    from spanreg.aggregators.multi_granularity import MultiGranularityAggregator as MultiGranularityAggregator
    from spanreg.aggregators.none import NoAggregator as NoAggregator
    from spanreg.aggregators.released_attention import ReleasedAttention as ReleasedAttention
    from spanreg.aggregators.released_cnn import ReleasedCnn as ReleasedCnn
    from spanreg.aggregators.self_attentive import SelfAttentiveAggregator as SelfAttentiveAggregator
    from spanreg.aggregators.span_lstm import SpanLstm as SpanLstm
    from spanreg.aggregators.span_transformer import SpanTransformer as SpanTransformer
    from spanreg.callbacks.base import Callback as Callback
    from spanreg.callbacks.freeze_encoder import FreezeEncoder as FreezeEncoder
    from spanreg.callbacks.transformers_callback import TransformersCallback as TransformersCallback
    from spanreg.data.base import DatasetReader as DatasetReader
    from spanreg.data.conll import ConllReader as ConllReader
    from spanreg.data.csv import CsvReader as CsvReader
    from spanreg.data.demo import DemoReader as DemoReader
    from spanreg.data.folds import FoldsReader as FoldsReader
    from spanreg.data.glue import GlueReader as GlueReader
    from spanreg.data.held_out import HeldOutReader as HeldOutReader
    from spanreg.data.hub import HubReader as HubReader
    from spanreg.data.jsonl import JsonlReader as JsonlReader
    from spanreg.data.parquet import ParquetReader as ParquetReader
    from spanreg.data.snli import SnliReader as SnliReader
    from spanreg.data.tsv import TsvReader as TsvReader
    from spanreg.dictionaries.base import SpanDictionary as SpanDictionary
    from spanreg.dictionaries.difference import DifferenceDictionary as DifferenceDictionary
    from spanreg.dictionaries.empty import EmptyDictionary as EmptyDictionary
    from spanreg.dictionaries.file import FileDictionary as FileDictionary
    from spanreg.dictionaries.filtered import FilteredDictionary as FilteredDictionary
    from spanreg.dictionaries.intersection import IntersectionDictionary as IntersectionDictionary
    from spanreg.dictionaries.ngram import NgramDictionary as NgramDictionary
    from spanreg.dictionaries.task_adapted import TaskAdaptedDictionary as TaskAdaptedDictionary
    from spanreg.dictionaries.union import UnionDictionary as UnionDictionary
    from spanreg.encoders.base import Encoder as Encoder
    from spanreg.encoders.lora import LoraEncoder as LoraEncoder
    from spanreg.encoders.pretrained import PretrainedEncoder as PretrainedEncoder
    from spanreg.encoders.tiny import TinyEncoder as TinyEncoder
    from spanreg.executors.base import Executor as Executor
    from spanreg.executors.local import LocalExecutor as LocalExecutor
    from spanreg.fusions.add import AddFusion as AddFusion
    from spanreg.fusions.base import Fusion as Fusion
    from spanreg.fusions.concat import ConcatFusion as ConcatFusion
    from spanreg.fusions.cross_attention import CrossAttentionFusion as CrossAttentionFusion
    from spanreg.fusions.gate import GateFusion as GateFusion
    from spanreg.fusions.span_only import SpanOnlyFusion as SpanOnlyFusion
    from spanreg.heads.base import Head as Head
    from spanreg.heads.classification import ClassificationHead as ClassificationHead
    from spanreg.heads.multi_label import MultiLabelHead as MultiLabelHead
    from spanreg.heads.regression import RegressionHead as RegressionHead
    from spanreg.heads.token_classification import TokenClassificationHead as TokenClassificationHead
    from spanreg.integrations.ray import RayExecutor as RayExecutor
    from spanreg.integrations.slurm import SlurmExecutor as SlurmExecutor
    from spanreg.integrations.trackers.mlflow import MlflowTracker as MlflowTracker
    from spanreg.integrations.trackers.tensorboard import TensorboardTracker as TensorboardTracker
    from spanreg.integrations.trackers.wandb import WandbTracker as WandbTracker
    from spanreg.metrics.accuracy import Accuracy as Accuracy
    from spanreg.metrics.base import Metric as Metric
    from spanreg.metrics.chunk_f1 import ChunkF1 as ChunkF1
    from spanreg.metrics.f1 import F1 as F1
    from spanreg.metrics.matthews_correlation import MatthewsCorrelation as MatthewsCorrelation
    from spanreg.metrics.multi_label_f1 import MultiLabelF1 as MultiLabelF1
    from spanreg.metrics.pearson import Pearson as Pearson
    from spanreg.metrics.spearman import Spearman as Spearman
    from spanreg.optimizers.base import Optimizer as Optimizer
    from spanreg.optimizers.bert_adam import BertAdamOptimizer as BertAdamOptimizer
    from spanreg.optimizers.torch_optimizers import (
        AdafactorOptimizer as AdafactorOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        AdagradOptimizer as AdagradOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        AdamOptimizer as AdamOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        AdamWOptimizer as AdamWOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        NAdamOptimizer as NAdamOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        RAdamOptimizer as RAdamOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        RmsPropOptimizer as RmsPropOptimizer,
    )
    from spanreg.optimizers.torch_optimizers import (
        SgdOptimizer as SgdOptimizer,
    )
    from spanreg.schedules.base import Schedule as Schedule
    from spanreg.schedules.transformers_schedules import (
        ConstantSchedule as ConstantSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        CosineSchedule as CosineSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        CosineWithFloorSchedule as CosineWithFloorSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        CosineWithRestartsSchedule as CosineWithRestartsSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        InverseSqrtSchedule as InverseSqrtSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        LinearSchedule as LinearSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        PolynomialSchedule as PolynomialSchedule,
    )
    from spanreg.schedules.transformers_schedules import (
        WarmupStableDecaySchedule as WarmupStableDecaySchedule,
    )
    from spanreg.scorers.accessor_variety import AccessorVarietyScorer as AccessorVarietyScorer
    from spanreg.scorers.base import Scorer as Scorer
    from spanreg.scorers.branching_entropy import BranchingEntropyScorer as BranchingEntropyScorer
    from spanreg.scorers.count import CountScorer as CountScorer
    from spanreg.scorers.document_frequency import DocumentFrequencyScorer as DocumentFrequencyScorer
    from spanreg.scorers.pmi import PmiScorer as PmiScorer
    from spanreg.segmenters.base import Segmenter as Segmenter
    from spanreg.segmenters.chunk import ChunkSegmenter as ChunkSegmenter
    from spanreg.segmenters.fixed import FixedLengthSegmenter as FixedLengthSegmenter
    from spanreg.segmenters.gold import GoldSegmenter as GoldSegmenter
    from spanreg.segmenters.max_match import MaxMatchSegmenter as MaxMatchSegmenter
    from spanreg.segmenters.multi import MultiSegmenter as MultiSegmenter
    from spanreg.segmenters.random import RandomSegmenter as RandomSegmenter
    from spanreg.segmenters.released_max_match import ReleasedMaxMatchSegmenter as ReleasedMaxMatchSegmenter
    from spanreg.segmenters.single import SingleWordSegmenter as SingleWordSegmenter
    from spanreg.segmenters.viterbi import ViterbiSegmenter as ViterbiSegmenter
    from spanreg.segmenters.whole import WholeTextSegmenter as WholeTextSegmenter
    from spanreg.studies.report.panels.base import Panel as Panel
    from spanreg.studies.report.panels.checks import ChecksPanel as ChecksPanel
    from spanreg.studies.report.panels.combinations import CombinationsPanel as CombinationsPanel
    from spanreg.studies.report.panels.data_size import DataSizePanel as DataSizePanel
    from spanreg.studies.report.panels.factorial import FactorialPanel as FactorialPanel
    from spanreg.studies.report.panels.interactions import InteractionsPanel as InteractionsPanel
    from spanreg.studies.report.panels.over_tasks import OverTasksPanel as OverTasksPanel
    from spanreg.studies.report.panels.pairs import PairsPanel as PairsPanel
    from spanreg.studies.report.panels.registration import RegistrationPanel as RegistrationPanel
    from spanreg.studies.report.panels.results import ResultsPanel as ResultsPanel
    from spanreg.studies.report.panels.runs.changes import ChangesPanel as ChangesPanel
    from spanreg.studies.report.panels.runs.cost import CostPanel as CostPanel
    from spanreg.studies.report.panels.runs.examples import ExamplesPanel as ExamplesPanel
    from spanreg.studies.report.panels.runs.learning_curves import LearningCurvesPanel as LearningCurvesPanel
    from spanreg.studies.report.panels.runs.origin import OriginPanel as OriginPanel
    from spanreg.studies.report.panels.runs.spans import SpansPanel as SpansPanel
    from spanreg.studies.report.panels.selection import SelectionPanel as SelectionPanel
    from spanreg.studies.report.panels.slices import SlicesPanel as SlicesPanel
    from spanreg.studies.report.panels.statement import StatementPanel as StatementPanel
    from spanreg.studies.report.panels.tuning import TuningPanel as TuningPanel
    from spanreg.words.base import WordRule as WordRule
    from spanreg.words.unicode_words import UnicodeWords as UnicodeWords
    from spanreg.words.white_space_words import WhiteSpaceWords as WhiteSpaceWords

_FAMILIES = {
    "Aggregator": "spanreg.aggregators.base",
    "Callback": "spanreg.callbacks.base",
    "DatasetReader": "spanreg.data.base",
    "Encoder": "spanreg.encoders.base",
    "Executor": "spanreg.executors.base",
    "Fusion": "spanreg.fusions.base",
    "Head": "spanreg.heads.base",
    "Metric": "spanreg.metrics.base",
    "Optimizer": "spanreg.optimizers.base",
    "Panel": "spanreg.studies.report.panels.base",
    "Schedule": "spanreg.schedules.base",
    "Scorer": "spanreg.scorers.base",
    "Segmenter": "spanreg.segmenters.base",
    "SpanDictionary": "spanreg.dictionaries.base",
    "WordRule": "spanreg.words.base",
}
"Base classes of the families, with their modules."


if not TYPE_CHECKING:  # a type checker that saw this function would accept any name

    def __getattr__(name: str) -> Any:
        home = _homes().get(name)
        if home is None:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        found = getattr(import_module(home), name)
        # Kept, so that Python finds the name without this function from now on.
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(_homes())


def _homes() -> dict[str, str]:
    """Return the module of every component by the name of its class, read from the sources."""
    # The index also has the components of other packages that call ``index_package``.
    entries = (entry for names in index.entries().values() for entry in names.values())
    own = {entry.cls: entry.module for entry in entries if entry.module.startswith("spanreg.")}
    return {**own, **_FAMILIES}
