// MRPC with the spans of a file: lines like {"text": ..., "spans": [[start, end], ...]}; other texts by the longest
// match.
// Paper: none.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'gold', path: 'spans.jsonl', otherwise: { type: 'max_match' } },
}
