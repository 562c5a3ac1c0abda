// Question: do spans help to find base phrases where there are only 200 labelled sentences?
// Reason: the labels are spans of words, and the longest match from the right agrees with base phrases better than
// random spans do (docs/results/base_phrases.md); 200 sentences do not teach an encoder where phrases end.
// Paper: Tjong Kim Sang and Buchholz, 2000, for the data; Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) label no words.
// Answer: exploratory, so no claim follows from it. This regime is promising if `spans` has a higher mean than `plain` by
// a point, and than `flat` and `random`. `chunk` is an upper bound: its lexicon comes from these texts.
// Registered: this file was committed before its first run.
// Result: not promising; docs/results/exploratory.md.
local sentences = { train: 200 };

local chunking = import '../../chunking/base.libsonnet';
local controls = import '../controls.libsonnet';

{
  base: chunking({ type: 'hierarchical_cnn', kernel_size: 3 }) {
    data+: { limit: sentences },
    segmenter+: { direction: 'backward' },
    training+: { epochs: 10, batch_size: 16, precision: 'bf16', checkpoint_every: null },
  },
  base_name: 'spans',
  about: 'Do spans help to find base phrases with few labelled sentences?',
  hypothesis: 'With 200 sentences, spans raise the F1 of chunks more than controls blind to the spans do.',
  seeds: [1, 2, 3, 4, 5],
  arms: { [name]: controls[name] for name in ['plain', 'flat', 'random'] } + {
    chunk: { about: 'spans of a tagger that knows these texts', patch: { segmenter: 'chunk' }, tags: ['control'] },
  },
  baseline: 'plain',
  keep_weights: 'none',
}
