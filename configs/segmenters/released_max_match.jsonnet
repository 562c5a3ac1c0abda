// MRPC with spans as the authors' released code cuts them: longest match with a window that shrinks near the end.
// The dictionary: spanreg sample-dictionary CORPUS -o released.parquet --words whitespace --lowercase after --punctuation drop
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Expected: no figure yet; see docs/results.md for MRPC by the longest match. The whole released setting: ../released/.
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'file', path: 'released.parquet', words: 'whitespace' },
  segmenter: { type: 'released_max_match', max_n: 5 },
}
