// MRPC with one span for each sentence.
// Paper: none; a control.
// Expected: not measured on MRPC; on RTE 57.0 ± 1.1, longest match 57.0 ± 1.5 (docs/results/rte.md).
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'whole' },
}
