// MRPC, cut by the longest match from both ends, whichever gives fewer spans.
// Paper: maximum matching in both directions, as in Chinese word segmentation.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'max_match', direction: 'bidirectional' },
}
