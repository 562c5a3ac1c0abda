// MRPC with the phrases of the language at large and those of the task.
// Paper: none.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'union',
    dictionaries: [
      { type: 'file', path: 'dictionary.parquet' },
      { type: 'task_adapted', min_count: 5 },
    ],
  },
}
