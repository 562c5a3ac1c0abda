// MRPC with base phrases from an English tagger and chunker (extra `chunk`), without a dictionary.
// Paper: none; linguistic phrases instead of frequent n-grams.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'chunk', phrases: ['NP', 'VP', 'PP', 'ADJP', 'ADVP'] },
}
