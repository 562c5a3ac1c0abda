// Question: do spans help where there are only 16 or 64 examples of each class?
// Reason: a few dozen examples cannot teach which words belong together; a dictionary of a large corpus knows it already.
// Paper: none; Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) fine-tune on whole training sets.
// Answer: exploratory, so no claim follows from it. This regime is promising if on two of the three tasks, at one of the
// two sizes, `spans` has a higher mean than `plain` by a point, and than `flat` and `random`.
// Registered: this file was committed before its first run. Every seed draws examples of its own.
local tasks = ['rte', 'mrpc', 'cola'];
local sizes = [16, 64];  // examples of each class

local base = import '../base.libsonnet';
local controls = import '../controls.libsonnet';

base() {
  base+: {
    data+: { train_seed: 'run' },
    training+: {
      max_steps: 150,
      batch_size: 8,
      // 150 steps at the encoder's rate would leave the new layers close to their random weights
      new_parts_learning_rate: 5e-4,
      precision: 'fp32',  // processors without bf16 instructions take eight times as long in bf16
      evaluate_every: null,
      checkpoint_every: null,
    },
  },
  about: 'Do spans help where there are few examples?',
  hypothesis: 'With few examples, span fine-tuning scores higher than plain fine-tuning and than controls blind to the spans.',
  tasks: { ['%s_%d' % [task, few]]: { task: task, few: few } for task in tasks for few in sizes },
  arms: { [name]: controls[name] for name in ['plain', 'flat', 'random'] },
  baseline: 'plain',
  keep_weights: 'none',
}
