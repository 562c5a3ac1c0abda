// A small run that spanreg 0.1.0 trained; later versions must load it.
local size = 8;
{
  seed: 13,
  data: { type: 'demo', limit: 64 },
  encoder: { type: 'tiny', dim: size, layers: 1, vocabulary: 200, positions: 64 },
  dictionary: { type: 'ngram', corpus: 'pkg:spanreg/data/demo_material/background.txt', min_count: 60 },
  segmenter: 'max_match',
  aggregator: { type: 'hierarchical_cnn', channels: size },
  training: { max_steps: 2, batch_size: 16, max_tokens: 32, evaluate_every: null },
}
