// MRPC with the phrases that are frequent in two corpora.
// Paper: none.
// Expected: not measured; with a sampled dictionary F1 85.2 ± 0.8 (docs/results/first_runs.md).
local dictionary = 'dictionary.parquet';
local other_corpus = 'novels/*.txt';

(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'intersection',
    dictionaries: [
      { type: 'file', path: dictionary },
      { type: 'ngram', corpus: other_corpus, min_count: 5 },
    ],
  },
}
