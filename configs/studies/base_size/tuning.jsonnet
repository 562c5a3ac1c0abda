// Question: which learning rate suits a base-size encoder on 1,000 examples, with and without spans?
// Paper: none; the rates are those of BERT's and MPNet's published fine-tuning.
// Answer: for each of `plain` and `spans` the rate with the higher mean of the two tasks' main scores on 1,000 examples
// of the training set that it is not trained on. The main study uses these rates; its controls use that of `spans`.
// Registered: this file was committed before its first run. Both arms have the same rates, tasks and seeds.
// Result: 5e-5 for both; docs/results/base_size.md.
local base = import 'base.libsonnet';
local tasks = ['rte', 'cola'];
local rates = [2e-5, 5e-5];
local models = { plain: { aggregator: 'none' }, spans: {} };

{
  base: base.spans(tasks[0], rates[0]),
  base_name: null,
  about: 'Which learning rate suits a base-size encoder, without spans and with them?',
  seeds: [101],
  arms: {
    ['%s_%s_%g' % [task, model, rate]]: models[model] {
      data: { type: 'held_out', data: { type: 'glue', task: task, limit: { train: 2000 } }, share: 0.5 },
      training: { learning_rate: rate },
    }
    for task in tasks
    for model in std.objectFields(models)
    for rate in rates
  },
  baseline: 'rte_plain_2e-05',
  keep_weights: 'none',
}
