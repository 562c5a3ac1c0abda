// MRPC with longest match from both ends, whichever gives fewer spans.
// Paper: maximum matching in both directions, as in Chinese word segmentation.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'max_match', direction: 'bidirectional' },
}
