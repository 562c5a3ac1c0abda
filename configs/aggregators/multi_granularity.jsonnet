// MRPC with two segmentations, longest match and single words, and a learned weight for each.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848), choose
// spans for each task; the learned weights are ours.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local channels = 256;
local shared = false;

local base = import 'base.libsonnet';

base({
  type: 'multi_granularity',
  aggregator: { type: 'hierarchical_cnn', channels: channels },
  shared: shared,
  weighting: 'task',
}) + { segmenter: { type: 'multi', segmenters: ['max_match', 'single'] } }
