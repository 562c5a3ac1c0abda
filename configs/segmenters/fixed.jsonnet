// MRPC, cut into spans of three words, whatever they are.
// Paper: none; a control.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'fixed', words: 3 },
}
