// MRPC with a list of phrases and scores: .tsv, .jsonl, or one phrase per line.
// Paper: none.
// Expected: not measured; with a sampled dictionary F1 85.2 ± 0.8 (docs/results/first_runs.md).
local phrases = 'phrases.tsv';

(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'file', path: phrases, duplicates: 'refuse' },
}
