// MRPC with three segmentations, weighted by the model: longest match, highest score, and single words.
// Paper: none; a span setting for each task is what Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) argue for.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'multi', segmenters: ['max_match', { type: 'viterbi', scale: 'log' }, 'single'] },
  aggregator: { type: 'multi_granularity' },
}
