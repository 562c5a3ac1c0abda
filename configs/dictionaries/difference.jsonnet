// MRPC with sampled phrases except those of a list, such as names that should not help.
// Paper: none.
// Expected: not measured; with a sampled dictionary F1 85.2 ± 0.8 (docs/results/first_runs.md).
local dictionary = 'dictionary.parquet';
local unwanted = 'unwanted.txt';

(import '../glue/mrpc.jsonnet') + {
  dictionary: {
    type: 'difference',
    dictionaries: [
      { type: 'file', path: dictionary },
      { type: 'file', path: unwanted },
    ],
  },
}
