// Both components of this package on the library's own small task.
{
  data: { type: 'demo', limit: 64 },
  encoder: { type: 'tiny', dim: 16, layers: 1 },
  segmenter: { type: 'punctuation' },
  aggregator: { type: 'first_token' },
  training: { max_steps: 2, batch_size: 8 },
}
