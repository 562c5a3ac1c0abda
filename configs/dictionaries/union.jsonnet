// MRPC with general phrases and phrases of the task.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose default list unites two; which ones to unite here is ours.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'union',
    dictionaries: [
      { type: 'file', path: 'dictionary.parquet' },
      { type: 'task_adapted', min_count: 5 },
    ],
  },
}
