// MRPC with base phrases from an English tagger and chunker (extra `chunk`), without a dictionary.
// Paper: none; linguistic phrases instead of frequent n-grams.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
local phrases = ['NP', 'VP', 'PP', 'ADJP', 'ADVP'];

(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'chunk', phrases: phrases },
}
