// MRPC with the spans of the paper's released code: longest match with a window that shrinks near the end of a text.
// Dictionary: spanreg sample-dictionary CORPUS -o released.parquet --words whitespace --lowercase after --punctuation drop
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Expected: not measured; with the longest match from the left F1 85.2 ± 0.8 (docs/results/first_runs.md).
// The whole released setting: configs/released/.
local dictionary = 'released.parquet';

(import '../glue/mrpc.jsonnet') + {
  dictionary: { type: 'file', path: dictionary, words: 'whitespace' },
  segmenter: { type: 'released_max_match', max_n: 5 },
}
