// MRPC with the 20,000 n-grams of each length that have the highest normalised PMI.
// Paper: Levine et al., PMI-Masking, ICLR 2021, for the selection by PMI.
// Expected: not measured; with a sampled dictionary F1 85.2 ± 0.8 (docs/results/first_runs.md).
local corpus = 'corpus/*.txt.zst';
local per_length = 20000;

(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'filtered',
    dictionary: { type: 'ngram', corpus: corpus, scores: ['pmi', 'document_frequency'] },
    at_least: { document_frequency: 5 },
    by: 'pmi',
    top_per_n: per_length,
    keep_function_words: false,
  },
}
