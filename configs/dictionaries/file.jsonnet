// MRPC with a list of phrases and figures: .tsv, .jsonl, or a phrase a line.
// Paper: none.
// Expected: no figure yet; see docs/results.md for MRPC by a sampled dictionary.
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'file', path: 'phrases.tsv', duplicates: 'refuse' },
}
