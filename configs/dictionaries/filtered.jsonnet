// MRPC with the 20,000 n-grams of each length that have the highest normalised PMI.
// Paper: Levine et al., PMI-Masking, ICLR 2021, for the selection by PMI.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'filtered',
    dictionary: { type: 'ngram', corpus: 'corpus/*.txt.zst', scores: ['pmi', 'document_frequency'] },
    at_least: { document_frequency: 5 },
    by: 'pmi',
    top_per_n: 20000,
    keep_function_words: false,
  },
}
