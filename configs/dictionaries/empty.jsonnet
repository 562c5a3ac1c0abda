// MRPC without any phrase, so that every word is a span: the neutral element.
// Paper: none; a control.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'empty' },
}
