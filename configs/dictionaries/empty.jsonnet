// MRPC without phrases, so that every word is a span: the neutral element.
// Paper: none; a control.
// Expected: not measured; with a sampled dictionary F1 85.2 ± 0.8 (docs/results/first_runs.md).
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'empty' },
}
