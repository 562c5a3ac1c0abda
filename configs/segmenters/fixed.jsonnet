// MRPC with spans of three words, a control that ignores the words.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose code has spans of three pieces, but does not use them.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
local length = 3;  // words

(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'fixed', words: length },
}
