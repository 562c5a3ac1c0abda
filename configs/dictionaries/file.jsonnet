// MRPC with a list of phrases and scores: .tsv, .jsonl, or one phrase per line.
// Paper: none.
// Expected: not measured; see docs/results/findings.md for MRPC with a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'file', path: 'phrases.tsv', duplicates: 'refuse' },
}
