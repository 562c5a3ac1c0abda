// MRPC with the segmentation whose n-grams have the highest sum of logarithms of counts.
// Paper: Zhao and Kit, 2008, for the search; they use other scores.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'viterbi', score: 'count', scale: 'log' },
}
