// MRPC with longest match from both ends, whichever gives fewer spans.
// Paper: maximum matching in both directions, as in Chinese word segmentation.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'max_match', direction: 'bidirectional' },
}
