// MRPC, cut as a file says: lines like {"text": ..., "spans": [[start, end], ...]}; other texts by the longest match.
// Paper: none.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'gold', path: 'spans.jsonl', otherwise: { type: 'max_match' } },
}
