// Question: which learning rate suits a base-size encoder, with and without spans?
// Paper: none; the rates are those of BERT's and MPNet's published fine-tuning.
// Answer: for each of `plain` and `spans` the rate with the higher mean of the two tasks' main scores on the
// held-out fifth of the training set. The main study uses these rates; its other arms use that of `spans`.
// Registered: this file was committed before its first run. Both arms have the same rates, tasks and seeds.
local encoder = 'sentence-transformers/all-mpnet-base-v2';
local dictionary = 'dictionary.parquet';
local tasks = ['rte', 'cola'];
local rates = [2e-5, 5e-5];
local models = { plain: { aggregator: 'none' }, spans: {} };

local glue = import '../../glue/base.libsonnet';

{
  base: glue(tasks[0], encoder=encoder, dictionary=dictionary),
  base_name: null,
  about: 'Which learning rate suits a base-size encoder, without spans and with them?',
  seeds: [101],
  arms: {
    ['%s_%s_%g' % [task, model, rate]]: models[model] {
      data: { type: 'held_out', data: { type: 'glue', task: task }, share: 0.2 },
      training: { learning_rate: rate },
    }
    for task in tasks
    for model in std.objectFields(models)
    for rate in rates
  },
  baseline: 'rte_plain_2e-05',
}
