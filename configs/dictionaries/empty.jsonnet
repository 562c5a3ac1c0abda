// MRPC without phrases, so that every word is a span: the neutral element.
// Paper: none; a control.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'empty' },
}
