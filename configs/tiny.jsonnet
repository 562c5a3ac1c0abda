// A first run and a test: a small random encoder on the idioms of the data set `demo`, without downloads.
// Paper: none; the encoder is not pre-trained.
// Expected: an accuracy near chance, 0.5, after some seconds.
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
