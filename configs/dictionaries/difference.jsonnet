// MRPC with sampled phrases but for those of a list, such as names that should not help.
// Paper: none.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'difference',
    dictionaries: [
      { type: 'file', path: 'dictionary.parquet' },
      { type: 'file', path: 'unwanted.txt' },
    ],
  },
}
