// Question: does span information help a base-size encoder that is fine-tuned on 1,000 examples of a task?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), which reports gains on the whole of GLUE's training sets.
// Answer: spans help if `spans` scores higher than `plain` significantly (corrected for the four arms) on at least two
// of the four tasks, and higher than `flat` and `random` there. They make no difference of a point if every task's
// interval lies within the margin. Otherwise the study does not decide.
// Registered: this file was committed before its first run. tuning.jsonnet chose the learning rates, in bf16.
local controls = import '../controls.libsonnet';
local base = import 'base.libsonnet';
local rates = { plain: 5e-5, spans: 5e-5 };

{
  base: base.spans('rte', rates.spans) {
    training+: { precision: 'fp32' },  // runs of all machines can be merged; many processors only emulate bf16
  },
  base_name: 'spans',
  about: 'Does span information help a base-size encoder that is fine-tuned on 1,000 examples?',
  hypothesis: 'Span fine-tuning scores higher than plain fine-tuning, and higher than controls blind to the spans.',
  seeds: [1, 2, 3, 4, 5],
  tasks: { [task]: { task: task } for task in ['rte', 'mrpc', 'cola', 'stsb'] },
  arms: {
    plain: controls.plain { patch+: { training: { learning_rate: rates.plain } } },
    flat: controls.flat,
    random: controls.random,
    released: { about: "the authors' released setting", patch: base.released },
  },
  baseline: 'plain',
  margin: 1.0,
  keep_weights: 'none',
}
