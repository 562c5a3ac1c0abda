// MRPC with the phrases that are frequent in two corpora.
// Paper: none.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'intersection',
    dictionaries: [
      { type: 'file', path: 'dictionary.parquet' },
      { type: 'ngram', corpus: 'novels/*.txt', min_count: 5 },
    ],
  },
}
