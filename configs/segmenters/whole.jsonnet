// MRPC with one span for each sentence.
// Paper: none; a control.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'whole' },
}
