// MRPC with one span for each word: the neutral element.
// Paper: none; a control.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'single' },
}
