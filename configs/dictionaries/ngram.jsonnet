// MRPC with a dictionary that is sampled from raw text at the first use, with counts and normalised PMI.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose code has these lengths and this threshold.
// Expected: not measured; with a sampled dictionary F1 85.2 ± 0.8 (docs/results/first_runs.md).
local corpus = 'corpus/*.txt.zst';
local min_count = 10;

(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'ngram',
    corpus: corpus,
    min_n: 2,
    max_n: 5,
    min_count: min_count,
    scores: ['pmi'],
  },
}
