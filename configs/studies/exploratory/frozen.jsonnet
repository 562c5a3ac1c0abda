// Question: do spans help where the encoder is frozen?
// Reason: a frozen encoder cannot learn which words belong together, so only the new layers can use the dictionary.
// Paper: none; Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) fine-tune the encoder.
// Answer: exploratory, so no claim follows from it. This regime is promising if on two of the three tasks `spans` has a
// higher mean than `plain` by a point, and than `flat` and `random`.
// Registered: this file was committed before its first run.
local tasks = ['rte', 'mrpc', 'cola'];
local examples = { train: 1000 };

local base = import '../base.libsonnet';
local controls = import '../controls.libsonnet';

base() {
  base+: {
    data+: { limit: examples },
    encoder+: { freeze: '.' },
    training+: {
      epochs: 5,
      learning_rate: 1e-3,  // for layers that start from random weights
      precision: 'fp32',  // processors without bf16 instructions take eight times as long in bf16
      evaluate_every: null,
      checkpoint_every: null,
    },
  },
  about: 'Do spans help where the encoder is frozen?',
  hypothesis: 'With a frozen encoder, spans score higher than the sentence vector alone and than controls blind to the spans.',
  tasks: { [task]: { task: task } for task in tasks },
  arms: { [name]: controls[name] for name in ['plain', 'flat', 'random'] },
  baseline: 'plain',
  keep_weights: 'none',
}
