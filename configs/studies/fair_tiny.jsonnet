// A fair comparison at the smallest scale: every arm tuned with the same budget, on two tasks, with slices and a margin.
// Question: does span fine-tuning differ from plain fine-tuning by more than half a point if both are tuned alike?
// Paper: Dodge et al., EMNLP 2019, for the best score after each number of trials.
// Answer: the tuned difference beside the untuned one, within the margin or not, on each task, by length and label.
// A small random encoder answers nothing: put `tasks: ['rte', 'mrpc']` and a real encoder in its place.
// Run it with: spanreg study search configs/studies/fair_tiny.jsonnet -s DIR
local controls = import 'controls.libsonnet';
local sizes = { train: 256, validation: 128 };

{
  base: (import '../tiny.jsonnet') { data: { type: 'demo', limit: sizes } },
  base_name: 'spans',
  seeds: [1, 2, 3],
  tasks: {
    idioms: {},
    // Other sentences of the demo, in the place of another task.
    more_idioms: { sample_seed: 1 },
  },
  arms: { plain: controls.plain },
  baseline: 'plain',
  reserve: 0.3,
  margin: 0.5,
  slices: ['length', 'label'],
  search: { space: 'defaults', each_arm: true, trials: 4 },
  keep_weights: 'none',
  hypothesis: 'Spans differ from plain fine-tuning by more than half a point if both are tuned alike.',
  about: 'Spans beside plain fine-tuning, both tuned with the same budget.',
}
