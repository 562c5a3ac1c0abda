// MRPC with the spans of a file; texts that are not in it are segmented by the longest match.
// Spans: lines such as {"text": "...", "spans": [[start, end], ...]}, in characters.
// Paper: none.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
local spans = 'spans.jsonl';

(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'gold', path: spans, otherwise: { type: 'max_match' } },
}
