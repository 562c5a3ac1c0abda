// MRPC, cut so that the counts of the n-grams, as logarithms, add up to the most.
// Paper: the choice of Zhao and Kit, 2008, with other scores.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'viterbi', score: 'count', scale: 'log' },
}
