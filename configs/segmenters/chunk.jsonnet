// MRPC, cut into base phrases by a tagger and chunker of English (extra `chunk`), with no dictionary in it.
// Paper: none; spans as linguists mark them, in place of those that a corpus suggests.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'chunk', phrases: ['NP', 'VP', 'PP', 'ADJP', 'ADVP'] },
}
