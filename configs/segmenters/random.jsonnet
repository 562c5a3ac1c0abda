// MRPC with random spans, in each sentence with the lengths of the longest match: the control of all segmenters.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose code does so in training only: splits: ['train'].
// Expected: not measured on MRPC; on RTE 56.8 ± 0.8, longest match 57.0 ± 1.5 (docs/results/rte.md).
local seed = 0;

(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'random', matched_to: { type: 'max_match', direction: 'forward' }, seed: seed },
}
