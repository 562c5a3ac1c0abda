// MRPC with a dictionary that is sampled from raw text at the first use, with counts and normalised PMI.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose code has these lengths and this threshold.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'ngram',
    corpus: 'corpus/*.txt.zst',
    min_n: 2,
    max_n: 5,
    min_count: 10,
    scores: ['pmi'],
  },
}
