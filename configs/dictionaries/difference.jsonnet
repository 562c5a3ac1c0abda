// MRPC with sampled phrases except those of a list, such as names that should not help.
// Paper: none.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'difference',
    dictionaries: [
      { type: 'file', path: 'dictionary.parquet' },
      { type: 'file', path: 'unwanted.txt' },
    ],
  },
}
