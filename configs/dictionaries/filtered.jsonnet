// MRPC with the 20,000 n-grams of each length whose words belong together most, by normalised PMI.
// Paper: the choice by PMI is that of Levine et al., PMI-Masking, ICLR 2021.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
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
