// A first try and a test: a small random encoder on the idioms of the data set `demo`; nothing is downloaded.
// Paper: none; the encoder has never read a text.
// Expected: some seconds, and an accuracy near chance, 0.5.
{
  seed: 13,
  data: { type: 'demo', limit: 512 },
  encoder: { type: 'tiny', dim: 32, layers: 2 },
  dictionary: { type: 'ngram', corpus: 'pkg:spanreg/data/demo_material/background.txt', min_count: 5 },
  segmenter: { type: 'max_match', direction: 'forward' },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  fusion: { type: 'concat' },
  training: { epochs: 2, batch_size: 32, learning_rate: 1e-3, max_tokens: 64 },
}
