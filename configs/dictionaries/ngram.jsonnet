// MRPC with a dictionary that is sampled, at the first use, from raw text; the counts and NPMI are kept.
// Paper: n-grams by frequency, sizes and threshold as Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), in their code.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
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
