// MRPC with the spans of the paper's released code: longest match with a window that shrinks near the end of a text.
// Dictionary: spanreg sample-dictionary CORPUS -o released.parquet --words whitespace --lowercase after --punctuation drop
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Expected: not measured; see docs/results/findings.md for MRPC with the longest match. Whole setting: ../released/.
(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'file', path: 'released.parquet', words: 'whitespace' },
  segmenter: { type: 'released_max_match', max_n: 5 },
}
