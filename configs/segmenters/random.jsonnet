// MRPC with random spans, as many and as long in every sentence as the longest match would cut: the control.
// Paper: none; without this control a gain by spans shows nothing about these spans.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'random', matched_to: { type: 'max_match', direction: 'forward' }, seed: 0 },
}
