// MRPC, every word a span of its own: the neutral element.
// Paper: none; a control.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'single' },
}
