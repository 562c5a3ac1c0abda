// MRPC with the phrases that two corpora agree on.
// Paper: none.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'intersection',
    dictionaries: [
      { type: 'file', path: 'dictionary.parquet' },
      { type: 'ngram', corpus: 'novels/*.txt', min_count: 5 },
    ],
  },
}
