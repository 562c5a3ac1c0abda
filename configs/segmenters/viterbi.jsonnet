// MRPC with the segmentation whose n-grams have the highest sum of logarithms of counts.
// Paper: Zhao and Kit, 2008, for the search; they use other scores.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'viterbi', score: 'count', scale: 'log' },
}
