// MRPC with the phrases of its own training texts that are also frequent in Wikipedia: spans chosen by the task.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) choose the span setting for each task; this way to do it is ours.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'task_adapted',
    background: { type: 'file', path: 'dictionary.parquet' },
    min_count: 2,
    scores: ['pmi'],
  },
}
