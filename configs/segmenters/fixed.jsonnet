// MRPC with spans of three words, a control that ignores the words.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), whose code has spans of three pieces, but does not use them.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match.
(import '../glue/mrpc.jsonnet') + {
  segmenter: { type: 'fixed', words: 3 },
}
