// MRPC with random spans, in each sentence with the lengths of the longest match: the control of all segmenters.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose code does so in training only: splits: ['train'].
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'random', matched_to: { type: 'max_match', direction: 'forward' }, seed: 0 },
}
